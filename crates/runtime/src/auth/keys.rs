//! An issuer's public keys, and the one algorithm each may be used with.

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};

/// Tolerated difference of clocks, in seconds.
pub(crate) const LEEWAY: u64 = 30;

/// What a token has to say about itself.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) issuer: String,
    pub(crate) audience: String,
}

/// A key, and what is accepted when it has signed.
pub(crate) struct Key {
    pub(crate) decoding: DecodingKey,
    pub(crate) validation: Validation,
    pub(crate) algorithm: Algorithm,
}

/// The keys an issuer has published.
#[derive(Default)]
pub(crate) struct Keys {
    by_id: HashMap<String, Arc<Key>>,
    without_id: Vec<Arc<Key>>,
}

// === impl Keys ===

impl Keys {
    /// Keys of a kind we do not accept are left out.
    pub(crate) fn new(published: &JwkSet, expected: &Expected) -> Self {
        let mut keys = Self::default();
        for jwk in &published.keys {
            let Some(key) = Key::new(jwk, expected).map(Arc::new) else { continue };
            match &jwk.common.key_id {
                Some(id) => _ = keys.by_id.insert(id.clone(), key),
                None => keys.without_id.push(key),
            }
        }
        keys
    }

    /// The key a token names. A token that names none is for the only key there is.
    pub(crate) fn find(&self, id: Option<&str>) -> Option<Arc<Key>> {
        match id {
            Some(id) => self.by_id.get(id).map(Arc::clone),
            None => {
                let mut all = self.by_id.values().chain(&self.without_id);
                all.next().filter(|_| all.next().is_none()).map(Arc::clone)
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty() && self.without_id.is_empty()
    }
}

// === impl Key ===

impl Key {
    fn new(jwk: &Jwk, expected: &Expected) -> Option<Self> {
        if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption)) {
            return None;
        }
        let algorithm = algorithm(&jwk.algorithm)?;
        let decoding = DecodingKey::from_jwk(jwk).ok()?;
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        // Some issuers end their name with a slash, and a URL that we were given may have gained one.
        let issuer = &expected.issuer;
        validation.set_issuer(&[issuer.clone(), format!("{issuer}/")]);
        validation.set_audience(&[&expected.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Some(Self { decoding, validation, algorithm })
    }
}

/// By the key's type, never by what a token's header wishes for.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list may grow; ours does not")]
fn algorithm(parameters: &AlgorithmParameters) -> Option<Algorithm> {
    match parameters {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) => {
            (key.curve == EllipticCurve::P256).then_some(Algorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) => {
            (key.curve == EllipticCurve::Ed25519).then_some(Algorithm::EdDSA)
        }
        _ => None,
    }
}
