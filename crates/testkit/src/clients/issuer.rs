//! Signs tokens with the development issuer's key: good ones, and every kind of bad one.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use boxoffice_kernel::Clock;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// Whoever holds the key the platform believes: its development issuer's, or another's.
#[derive(Clone)]
pub struct Issuer {
    name: String,
    header: Header,
    key: EncodingKey,
}

/// What a token says; all of it may be wrong.
#[derive(Clone, Debug)]
pub struct Claims(Value);

/// The development issuer's name in tokens.
const DEVELOPMENT: &str = "boxoffice-development";

// === impl Issuer ===

impl Issuer {
    /// Reads the key a platform has written.
    ///
    /// # Errors
    /// It is not there, or no key.
    pub fn read(file: &Path) -> Result<Self> {
        let pem = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let (name, header) = (DEVELOPMENT.to_owned(), Header::new(Algorithm::EdDSA));
        Ok(Self { name, header, key: EncodingKey::from_ed_pem(&pem)? })
    }

    /// An issuer of this name, who signs with an RSA key of this id.
    ///
    /// # Errors
    /// The key is not there, or no key.
    pub fn of(name: &str, key_id: &str, file: &Path) -> Result<Self> {
        let pem = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(key_id.to_owned());
        Ok(Self { name: name.to_owned(), header, key: EncodingKey::from_rsa_pem(&pem)? })
    }

    /// A good token for an hour.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn token(&self, sub: &str, roles: &[&str]) -> Result<String> {
        // Beside each other, as the issuers of the tests write their roles: ours, and the one like Keycloak.
        let nested = json!({"roles": roles});
        self.sign(&Claims::new(sub, roles).with("iss", &*self.name).with("realm_access", nested))
    }

    /// A token that says whatever it says.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn sign(&self, claims: &Claims) -> Result<String> {
        Ok(jsonwebtoken::encode(&self.header, &claims.0, &self.key)?)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Issuer(…)")
    }
}

// === impl Claims ===

impl Claims {
    /// As the development issuer writes them.
    #[must_use]
    pub fn new(sub: &str, roles: &[&str]) -> Self {
        let now = Clock.now().timestamp();
        Self(json!({
            "iss": DEVELOPMENT,
            "aud": "boxoffice",
            "sub": sub,
            "iat": now,
            "exp": now + 3600,
            "roles": roles,
        }))
    }

    /// With another claim, or another value of one.
    #[must_use]
    pub fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.0[claim] = value.into();
        self
    }

    /// Without a claim.
    #[must_use]
    pub fn without(mut self, claim: &str) -> Self {
        if let Some(claims) = self.0.as_object_mut() {
            claims.remove(claim);
        }
        self
    }

    /// Not good any more since so long.
    #[must_use]
    pub fn expired(self, since: Duration) -> Self {
        let since = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        self.with("exp", Clock.now().timestamp() - since)
    }
}
