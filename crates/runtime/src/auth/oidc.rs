//! An OIDC issuer: its keys, and the tokens our own services call each other with.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::https::{self, Https};
use super::keys::{Expected, Key, Keys};
use super::{Denied, Error};

/// How an issuer is found, and what is expected of its tokens.
#[derive(Clone, Debug)]
pub struct OidcConfig {
    /// As in the tokens' `iss`; `/.well-known/openid-configuration` below it is asked.
    pub issuer: Url,
    /// Has to be in the tokens' `aud`.
    pub audience: String,
    /// Where roles are, as a path: `roles`, `realm_access.roles`.
    pub roles_claim: String,
    /// Who our own services are to the issuer. Needed as soon as a peer is another process.
    pub client: Option<Client>,
}

/// A confidential client of the issuer (RFC 6749, section 4.4).
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

pub(crate) struct Oidc {
    config: OidcConfig,
    expected: Expected,
    http: Https,
    keys: RwLock<Arc<Keys>>,
    /// When the keys were asked for last; held while they are.
    asked: Mutex<Option<Instant>>,
}

/// A token to call others with.
#[derive(Deserialize)]
pub(crate) struct Issued {
    pub(crate) access_token: String,
    #[serde(default)]
    pub(crate) expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
    token_endpoint: Option<String>,
}

/// Why the issuer gave no answer that is of use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the token issuer gives no usable answer")]
    Http(#[from] https::Error),
    #[error("the token issuer calls itself {found}, expected {expected}")]
    AnotherIssuer { found: String, expected: String },
    #[error("the token issuer has no token endpoint, or no client id and secret were given for it")]
    NoClient,
    #[error(
        "the token issuer publishes no key that is accepted (Ed25519, P-256, P-384, or RSA from 2048 bits)"
    )]
    NoKey,
}

/// An unknown key makes us ask for new ones, but not more often than this.
const ASK_EVERY: Duration = Duration::from_secs(10);

/// Keys are fetched anew this often, so that a withdrawn one is not believed for long.
const REFRESH_EVERY: Duration = Duration::from_secs(300);

// === impl Oidc ===

impl Oidc {
    pub(crate) fn new(config: OidcConfig) -> Result<Self, Error> {
        let http = Https::new(&config.issuer)?;
        let expected = Expected {
            issuer: config.issuer.as_str().trim_end_matches('/').to_owned(),
            audience: config.audience.clone(),
        };
        Ok(Self { config, expected, http, keys: RwLock::default(), asked: Mutex::default() })
    }

    pub(crate) fn config(&self) -> &OidcConfig {
        &self.config
    }

    /// The key of that id. An unknown one may be new: the issuer is asked, at most every 10 s.
    pub(crate) async fn key(&self, id: Option<&str>) -> Result<Option<Arc<Key>>, Denied> {
        if let Some(key) = self.known().find(id) {
            return Ok(Some(key));
        }
        let mut asked = self.asked.lock().await;
        // Whoever held the lock before may have found it.
        if let Some(key) = self.known().find(id) {
            return Ok(Some(key));
        }
        if asked.is_none_or(|asked| asked.elapsed() >= ASK_EVERY) {
            *asked = Some(Instant::now());
            self.fetch_and_tell().await;
        }
        let known = self.known();
        if known.is_empty() { Err(Denied::IssuerUnavailable) } else { Ok(known.find(id)) }
    }

    /// Keeps the keys fresh, for ever.
    pub(crate) async fn keep_fresh(self: Arc<Self>) {
        loop {
            self.fetch_and_tell().await;
            let pause = if self.known().is_empty() { ASK_EVERY } else { REFRESH_EVERY };
            tokio::time::sleep(pause).await;
        }
    }

    /// A token for our own services.
    pub(crate) async fn service_token(&self) -> Result<Issued, Trouble> {
        let client = self.config.client.as_ref().ok_or(Trouble::NoClient)?;
        let endpoint = self.discover().await?.token_endpoint.ok_or(Trouble::NoClient)?;
        let form = [("grant_type", "client_credentials"), ("audience", &self.config.audience)];
        Ok(self.http.post(&endpoint, &client.id, client.secret.expose_secret(), &form).await?)
    }

    async fn fetch_and_tell(&self) {
        match self.fetch().await {
            Ok(keys) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys),
            Err(error) => {
                let error = boxoffice_kernel::fault::chain(&error);
                tracing::warn!(error, "the issuer's keys stay as they were");
            }
        }
    }

    async fn fetch(&self) -> Result<Keys, Trouble> {
        let place = self.discover().await?.jwks_uri;
        let published: JwkSet = self.http.get(&place).await?;
        let keys = Keys::new(&published, &self.expected);
        if keys.is_empty() { Err(Trouble::NoKey) } else { Ok(keys) }
    }

    async fn discover(&self) -> Result<Discovered, Trouble> {
        let mut place = self.config.issuer.clone();
        let path = place.path().trim_end_matches('/');
        place.set_path(&format!("{path}/.well-known/openid-configuration"));
        let found: Discovered = self.http.get(place.as_str()).await?;
        if found.issuer.trim_end_matches('/') == self.expected.issuer {
            return Ok(found);
        }
        let expected = self.expected.issuer.clone();
        Err(Trouble::AnotherIssuer { found: found.issuer, expected })
    }

    fn known(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc").field("issuer", &self.config.issuer.as_str()).finish_non_exhaustive()
    }
}
