//! Signs tickets, and tells ours from others: JWS in compact form (RFC 7515) by an Ed25519 key (RFC 8037).
//!
//! Whoever has the secret makes tickets that a door without a connection lets in: it lies in
//! delivery's own database and nowhere else, and is never printed.

use std::fmt;

use boxoffice_kernel::{BookingId, ShowingId, TicketId, Time};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret as _, SecretSlice};
use serde::{Deserialize, Serialize};

use crate::domain::Delivery;

/// The issuer's key, whole.
pub(crate) struct Issuer {
    secret: SecretSlice<u8>,
    key: EncodingKey,
    public: PublicKey,
}

/// What a door needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// Its name, the `kid` of what it signed: its RFC 7638 thumbprint.
    pub(crate) key_id: String,
    /// As a JSON Web Key.
    pub(crate) jwk: String,
}

/// What a ticket says. Every field is a public fact; short names keep the picture coarse.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Claims {
    /// The ticket.
    #[serde(rename = "jti")]
    pub(crate) ticket_id: TicketId,
    /// Of which booking.
    #[serde(rename = "booking")]
    pub(crate) booking_id: BookingId,
    /// For which showing.
    #[serde(rename = "showing")]
    pub(crate) showing_id: ShowingId,
    /// `C-12`; absent with general admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seat: Option<String>,
    /// When the showing was to begin, in seconds since 1970, if that was known. It may be moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<i64>,
}

/// A key that cannot be made or read, or cannot sign.
#[derive(Debug, thiserror::Error)]
#[error("the tickets' key cannot be used")]
pub(crate) struct Unusable(#[source] Box<dyn std::error::Error + Send + Sync>);

/// What stands before the 32 secret bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

// === impl Issuer ===

impl Issuer {
    /// A new key.
    pub(crate) fn generate() -> Result<Self, Unusable> {
        Self::new(rand::random::<[u8; 32]>().to_vec().into())
    }

    /// The key with these 32 secret bytes.
    pub(crate) fn new(secret: SecretSlice<u8>) -> Result<Self, Unusable> {
        let der = [&PKCS8, secret.expose_secret()].concat();
        let key = EncodingKey::from_ed_der(&der);
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA)?;
        let key_id = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(key_id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let jwk = serde_json::to_string(&jwk)?;
        Ok(Self { secret, key, public: PublicKey { key_id, jwk } })
    }

    /// Its public half.
    pub(crate) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// For the store, nobody else.
    pub(crate) fn expose_secret(&self) -> &[u8] {
        self.secret.expose_secret()
    }

    /// Gives each ticket of a delivery its code.
    pub(crate) fn sign(
        &self,
        delivery: &mut Delivery,
        starts_at: Option<Time>,
    ) -> Result<(), Unusable> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.public.key_id.clone());
        for ticket in &mut delivery.tickets {
            let claims = Claims {
                ticket_id: ticket.id,
                booking_id: delivery.booking_id,
                showing_id: delivery.showing_id,
                seat: ticket.seat.clone(),
                start: starts_at.map(|it| it.timestamp()),
            };
            ticket.code = Some(jsonwebtoken::encode(&header, &claims, &self.key)?);
        }
        Ok(())
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("key_id", &self.public.key_id).finish_non_exhaustive()
    }
}

// === impl Claims ===

impl Claims {
    /// What a code says, if one of `keys` signed it. `None`: it is not ours.
    pub(crate) fn verified(code: &str, keys: &[PublicKey]) -> Option<Self> {
        let kid = jsonwebtoken::decode_header(code).ok()?.kid?;
        let key = keys.iter().find(|it| it.key_id == kid)?;
        let jwk: Jwk = serde_json::from_str(&key.jwk).ok()?;
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        // A ticket is good until it is used or cancelled, and that is not written on it.
        rules.validate_exp = false;
        rules.required_spec_claims.clear();
        jsonwebtoken::decode(code, &key, &rules).ok().map(|it| it.claims)
    }
}

// === impl Unusable ===

impl From<jsonwebtoken::errors::Error> for Unusable {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        Self(error.into())
    }
}

impl From<serde_json::Error> for Unusable {
    fn from(error: serde_json::Error) -> Self {
        Self(error.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::Uuid;

    use super::*;

    fn code(issuer: &Issuer, seat: Option<&str>) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(issuer.public.key_id.clone());
        let claims = Claims {
            ticket_id: Uuid::nil().into(),
            booking_id: Uuid::nil().into(),
            showing_id: Uuid::nil().into(),
            seat: seat.map(str::to_owned),
            start: seat.map(|_| 1_795_289_400),
        };
        jsonwebtoken::encode(&header, &claims, &issuer.key).unwrap()
    }

    /// FR-27: a door lets in what we signed, and nothing else.
    #[test]
    fn fuzz_ticket() {
        let (issuer, stranger) = (Issuer::generate().unwrap(), Issuer::generate().unwrap());
        let signed = [code(&issuer, Some("C-12")), code(&issuer, None)];
        let forged = code(&stranger, Some("C-12"));
        let more: Vec<_> = signed.iter().chain([&forged]).map(|it| it.as_bytes()).collect();
        let ours: HashSet<&str> = signed.iter().map(String::as_str).collect();
        let keys = [issuer.public.clone()];
        boxoffice_fuzz::hold("ticket", &more, |input| {
            let code = String::from_utf8_lossy(input);
            match (Claims::verified(&code, &keys), ours.contains(&*code)) {
                (Some(claims), false) => Err(format!("nobody has signed {claims:?}")),
                (None, true) => Err("it was signed, and is refused".to_owned()),
                (Some(_), true) | (None, false) => Ok(()),
            }
        });
    }
}
