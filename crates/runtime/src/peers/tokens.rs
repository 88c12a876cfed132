//! The token our own services show each other.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_contracts::access::v1::Role;
use http::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::auth::{Auth, DevIssuer, Grant, Issuer, Oidc};
use crate::status::refuse;

/// Gets tokens from the issuer, and keeps one until shortly before it expires.
#[derive(Debug)]
pub(crate) struct Tokens {
    issuer: Issuer,
    held: Mutex<Option<Held>>,
}

#[derive(Clone, Debug)]
struct Held {
    header: HeaderValue,
    since: Instant,
    renew: Instant,
}

/// How long the development issuer's tokens last.
const TTL: Duration = Duration::from_secs(600);

/// Renewed this long before its end: a call may be under way for a while.
const MARGIN: Duration = Duration::from_secs(60);

/// A token that is refused is replaced, but not sooner: a peer that believes none must not keep the issuer busy.
const AT_LEAST: Duration = Duration::from_secs(10);

/// What RFC 6749 leaves open: how long a token lasts that does not say.
const UNSAID: u64 = 300;

// === impl Tokens ===

impl Tokens {
    pub(crate) fn of(auth: &Auth) -> Self {
        Self { issuer: auth.issuer.clone(), held: Mutex::default() }
    }

    /// Whether anybody would give us one: who calls nobody needs no client at the issuer.
    pub(crate) fn are_given(&self) -> bool {
        match &self.issuer {
            Issuer::Development(_) => true,
            Issuer::Oidc(oidc) => oidc.config().client.is_some(),
        }
    }

    /// The `authorization` header to send.
    pub(crate) async fn bearer(&self) -> Result<HeaderValue, Status> {
        let mut held = self.held.lock().await;
        if let Some(held) = &*held
            && Instant::now() < held.renew
        {
            return Ok(held.header.clone());
        }
        let (token, lasts) = match &self.issuer {
            Issuer::Development(issuer) => (signed(issuer)?, TTL),
            Issuer::Oidc(oidc) => asked(oidc).await?,
        };
        let mut header = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| trouble("the issuer's token is no header value"))?;
        header.set_sensitive(true);
        let since = Instant::now();
        let renew = since + lasts.saturating_sub(MARGIN).max(lasts / 2);
        *held = Some(Held { header: header.clone(), since, renew });
        Ok(header)
    }

    /// A peer did not believe this one: its key may be withdrawn. The next call gets another.
    pub(crate) async fn forget(&self, refused: &HeaderValue) {
        let mut held = self.held.lock().await;
        held.take_if(|held| held.header == *refused && held.since.elapsed() >= AT_LEAST);
    }
}

fn signed(issuer: &DevIssuer) -> Result<String, Status> {
    let mut grant = Grant::new("boxoffice", Role::Service);
    grant.ttl = TTL;
    issuer.token(&grant).map_err(|_| trouble("a token cannot be signed"))
}

async fn asked(oidc: &Arc<Oidc>) -> Result<(String, Duration), Status> {
    let issued = oidc.service_token().await.map_err(|error| {
        let error = boxoffice_kernel::fault::chain(&error);
        tracing::warn!(error, "no token to call other services with");
        trouble("the token issuer gives no token for our own services")
    })?;
    Ok((issued.access_token, Duration::from_secs(issued.expires_in.unwrap_or(UNSAID))))
}

fn trouble(message: &str) -> Status {
    refuse(Code::Unavailable, "ISSUER_UNAVAILABLE", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_refused_token_is_replaced_once_in_a_while() {
        let directory = tempfile::tempdir().unwrap();
        let issuer = DevIssuer::open(&directory.path().join("key")).unwrap();
        let tokens = Tokens::of(&Auth::development(issuer));
        let refused = tokens.bearer().await.unwrap();
        let is_held = async || tokens.held.lock().await.is_some();
        tokens.forget(&refused).await;
        assert!(is_held().await, "it is too new");
        tokens.held.lock().await.as_mut().unwrap().since -= AT_LEAST;
        tokens.forget(&HeaderValue::from_static("Bearer another")).await;
        assert!(is_held().await, "another was refused");
        tokens.forget(&refused).await;
        assert!(!is_held().await);
    }
}
