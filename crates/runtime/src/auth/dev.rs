//! The development issuer: a key in a file, and tokens for whoever can read it.

use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use boxoffice_contracts::access::v1::Role;
use boxoffice_kernel::Clock;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use super::{AUDIENCE, Error, caller};

/// Signs tokens with an Ed25519 key. Processes that share the file accept each other's. Clones share the key.
#[derive(Clone)]
pub struct DevIssuer {
    key: Arc<EncodingKey>,
    public: Arc<Jwk>,
    issuer: Arc<str>,
}

/// What a token says.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Whose it is.
    pub sub: String,
    /// What it entitles to.
    pub roles: Vec<Role>,
    /// How long.
    pub ttl: Duration,
    /// Where to write to them.
    pub email: Option<String>,
    /// What they read, as in `de-AT`.
    pub language: Option<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: i64,
    exp: i64,
    roles: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
}

/// What stands before the 32 secret bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

// === impl DevIssuer ===

impl DevIssuer {
    /// Its name in tokens (`iss`), unless it was given another.
    pub const NAME: &str = "boxoffice-development";

    /// Reads the key at `path`; makes one, readable by its owner only, if there is none. Two processes that open the same
    /// new path end up with the same key.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |what| move |source| Error::KeyFile { path: path.to_owned(), what, source };
        if !path.exists() {
            create(path).map_err(failed("written"))?;
        }
        let pem = std::fs::read(path).map_err(failed("read"))?;
        let bad = |source| Error::NoKey { path: path.to_owned(), source };
        let key = EncodingKey::from_ed_pem(&pem).map_err(bad)?;
        let mut public = Jwk::from_encoding_key(&key, Algorithm::EdDSA).map_err(bad)?;
        public.common.key_id = Some(public.thumbprint(ThumbprintHash::SHA256).map_err(bad)?);
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { key: Arc::new(key), public: Arc::new(public), issuer: Self::NAME.into() })
    }

    /// The same key under another name, such as the URL it is reached by.
    #[must_use]
    pub fn issued_by(mut self, issuer: &str) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// Its name in tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A signed token.
    pub fn token(&self, grant: &Grant) -> Result<String, Error> {
        let now = Clock.now().timestamp();
        let ttl = i64::try_from(grant.ttl.as_secs()).unwrap_or(i64::MAX);
        let claims = Claims {
            iss: &self.issuer,
            aud: AUDIENCE,
            sub: &grant.sub,
            iat: now,
            exp: now.saturating_add(ttl),
            roles: grant.roles.iter().map(|role| caller::name(*role)).collect(),
            email: grant.email.as_deref(),
            locale: grant.language.as_deref(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid.clone_from(&self.public.common.key_id);
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(Error::Sign)
    }

    /// Its public key, as `/.well-known/jwks.json` answers.
    pub fn jwks_json(&self) -> String {
        serde_json::json!({ "keys": [&*self.public] }).to_string()
    }

    pub(crate) fn jwks(&self) -> JwkSet {
        JwkSet { keys: vec![Jwk::clone(&self.public)] }
    }

    /// What `/.well-known/openid-configuration` answers to who came by `base`.
    pub(crate) fn configuration(&self, base: &str) -> String {
        serde_json::json!({
            "issuer": self.issuer(),
            "jwks_uri": format!("{base}/.well-known/jwks.json"),
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        })
        .to_string()
    }
}

impl fmt::Debug for DevIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevIssuer").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

// === impl Grant ===

impl Grant {
    /// A token of `sub` with one role, for an hour.
    pub fn new(sub: &str, role: Role) -> Self {
        Self {
            sub: sub.to_owned(),
            roles: vec![role],
            ttl: Duration::from_secs(3600),
            email: None,
            language: None,
        }
    }
}

/// Writes a new key beside `path` and links it there: whoever reads `path` reads a whole key, and the first one wins.
fn create(path: &Path) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let mut der = PKCS8.to_vec();
    der.extend(rand::random::<[u8; 32]>());
    let base64 = STANDARD.encode(der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");

    let draft = path.with_extension(format!("{:016x}", rand::random::<u64>()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let linked = file
        .write_all(pem.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&draft, path));
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}
