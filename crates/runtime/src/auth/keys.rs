//! An issuer's public keys, and the one algorithm each may be used with.

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
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
        let algorithm = algorithm(jwk).filter(|_| is_for_signatures(jwk))?;
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

/// The one algorithm a key is used with (RFC 8725, section 3.1): what its owner says, if that is among those we accept of its
/// type, or the first of them; never what a token's header wishes for.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let accepted = accepted(&jwk.algorithm);
    let said = jwk.common.key_algorithm;
    let chosen = |it: &&Algorithm| said.is_none_or(|said| KeyAlgorithm::from(**it) == said);
    accepted.iter().find(chosen).copied()
}

/// By the key's type.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list may grow; ours does not")]
fn accepted(parameters: &AlgorithmParameters) -> &'static [Algorithm] {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};

    match parameters {
        // At least 2048 bits (RFC 7518, section 3.3), six of them in a character.
        AlgorithmParameters::RSA(key) if key.n.len() >= 2048_usize.div_ceil(6) => {
            &[RS256, RS384, RS512, PS256, PS384, PS512]
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => &[ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[EdDSA],
        _ => &[],
    }
}

/// As far as its owner says what it is for (RFC 7517, sections 4.2 and 4.3).
fn is_for_signatures(jwk: &Jwk) -> bool {
    let common = &jwk.common;
    common.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|it| it.contains(&KeyOperations::Verify))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A key as an issuer publishes it, with more said about it.
    fn key(kind: &str, more: &Value) -> Value {
        let mut key = match kind {
            "RSA" => json!({"kty": "RSA", "e": "AQAB", "n": "w".repeat(342)}),
            "short RSA" => json!({"kty": "RSA", "e": "AQAB", "n": "w".repeat(341)}),
            "Ed25519" => json!({"kty": "OKP", "crv": "Ed25519", "x": "w".repeat(43)}),
            "oct" => json!({"kty": "oct", "k": "c2VjcmV0"}),
            "AKP" => json!({"kty": "AKP", "pub": "w".repeat(1000)}),
            curve => json!({"kty": "EC", "crv": curve, "x": "w".repeat(43), "y": "w".repeat(43)}),
        };
        let more = more.as_object().unwrap().clone();
        key.as_object_mut().unwrap().extend(more);
        key
    }

    fn keys(published: &[Value]) -> Keys {
        let published = serde_json::from_value(json!({ "keys": published })).unwrap();
        let expected = Expected { issuer: "i".to_owned(), audience: "a".to_owned() };
        Keys::new(&published, &expected)
    }

    #[test]
    fn a_key_has_one_algorithm_of_those_for_its_type() {
        use Algorithm::{ES256, ES384, EdDSA, PS512, RS256};
        for (kind, more, expected) in [
            ("RSA", json!({}), Some(RS256)),
            ("RSA", json!({"alg": "PS512", "use": "sig"}), Some(PS512)),
            ("P-256", json!({"alg": "ES256", "key_ops": ["verify"]}), Some(ES256)),
            ("P-384", json!({}), Some(ES384)),
            ("Ed25519", json!({"alg": "EdDSA"}), Some(EdDSA)),
            ("RSA", json!({"alg": "HS256"}), None),
            ("RSA", json!({"alg": "ES256"}), None),
            ("RSA", json!({"alg": "none"}), None),
            ("RSA", json!({"alg": "RSA-OAEP"}), None),
            ("P-256", json!({"alg": "ES384"}), None),
            ("Ed25519", json!({"alg": "ES256"}), None),
            ("RSA", json!({"use": "enc"}), None),
            ("RSA", json!({"use": "tls"}), None),
            ("RSA", json!({"key_ops": ["encrypt"]}), None),
            ("short RSA", json!({}), None),
            ("oct", json!({"alg": "HS256"}), None),
            ("P-521", json!({}), None),
            ("secp256k1", json!({"alg": "ES256K"}), None),
        ] {
            let found = keys(&[key(kind, &more)]).find(None).map(|key| key.algorithm);
            assert_eq!(found, expected, "{kind} {more}");
        }
    }

    #[test]
    fn a_key_of_a_kind_we_do_not_know_hides_no_other() {
        let strange = key("AKP", &json!({"kid": "new", "alg": "ML-DSA-44"}));
        let known = key("Ed25519", &json!({"kid": "old"}));
        let keys = keys(&[strange, known]);
        assert!(keys.find(Some("new")).is_none());
        assert!(keys.find(Some("old")).is_some());
    }
}
