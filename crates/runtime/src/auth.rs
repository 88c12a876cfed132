//! Who is calling: tokens in, a [`Caller`] out. Who may call what is written in the contracts.

mod access;
mod caller;
mod dev;
mod https;
mod keys;
mod oidc;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use boxoffice_contracts::access::v1::Role;
use boxoffice_kernel::{Fault, Kind};
use http::{HeaderMap, header};
use tonic::Status;

pub use caller::Caller;
pub use dev::{DevIssuer, Grant};
pub use oidc::{Client, OidcConfig};

pub(crate) use access::{Access, Rule};
pub(crate) use oidc::Oidc;
use verify::Verifier;

/// The audience a token has to name, unless told otherwise.
pub const AUDIENCE: &str = "boxoffice";

/// Where tokens come from, and how they are checked. Clones share it.
#[derive(Clone, Debug)]
pub struct Auth {
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) issuer: Issuer,
}

/// Who signs tokens.
#[derive(Clone, Debug)]
pub(crate) enum Issuer {
    Development(DevIssuer),
    Oidc(Arc<Oidc>),
}

/// Why a call is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The call needs a token and has none.
    #[error("a token is needed; send `authorization: Bearer <token>`")]
    TokenMissing,
    /// The token is not one of ours.
    #[error("the token is not valid: {0}")]
    TokenInvalid(&'static str),
    /// The token was valid once.
    #[error("the token has expired")]
    TokenExpired,
    /// A valid token, without a role that may do this.
    #[error("this needs one of the roles {needed}")]
    RoleMissing {
        /// Which would do.
        needed: String,
    },
    /// The issuer's keys are not known yet.
    #[error("the token's issuer cannot be reached to check it")]
    IssuerUnavailable,
}

/// Why authentication cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The development key cannot be kept there.
    #[error("the development key {path} cannot be {what}; choose another data directory")]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{path} holds no Ed25519 private key in PEM; remove it and a new one is made")]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: jsonwebtoken::errors::Error,
    },
    /// A token cannot be signed.
    #[error("a token cannot be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),
    /// Nothing to check an issuer's certificate against.
    #[error(
        "no root certificates are found here to check the token issuer by; install ca-certificates"
    )]
    Roots(#[source] std::io::Error),
}

// === impl Auth ===

impl Auth {
    /// Tokens of the development issuer only. For one machine; whoever reads its key file is anybody.
    pub fn development(issuer: DevIssuer) -> Self {
        let verifier = Verifier::fixed(issuer.issuer(), AUDIENCE, "roles", issuer.jwks());
        Self { verifier: Arc::new(verifier), issuer: Issuer::Development(issuer) }
    }

    /// Tokens of an OIDC issuer, found by its URL.
    pub fn oidc(config: OidcConfig) -> Result<Self, Error> {
        let oidc = Arc::new(Oidc::new(config)?);
        let verifier = Verifier::discovered(Arc::clone(&oidc));
        Ok(Self { verifier: Arc::new(verifier), issuer: Issuer::Oidc(oidc) })
    }

    /// Says who sent `headers`: somebody with a token, or nobody in particular.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Denied> {
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        let Some(value) = given.next() else { return Ok(Caller::nobody()) };
        if given.next().is_some() {
            // Whoever stands before us may have looked at the other one.
            return Err(Denied::TokenInvalid("there is more than one authorization header"));
        }
        let said = value.to_str().ok().and_then(|it| it.split_once(' '));
        match said {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                self.verify(token.trim()).await
            }
            Some(_) | None => Err(Denied::TokenInvalid("expected `authorization: Bearer <token>`")),
        }
    }

    /// Says who sent `token`.
    pub async fn verify(&self, token: &str) -> Result<Arc<Caller>, Denied> {
        self.verifier.verify(token).await
    }
}

// === impl Denied ===

impl Denied {
    pub(crate) fn role_missing(needed: &[Role]) -> Self {
        let names: Vec<_> = needed.iter().map(|role| caller::name(*role)).collect();
        Self::RoleMissing { needed: names.join(", ") }
    }
}

impl Fault for Denied {
    fn kind(&self) -> Kind {
        match self {
            Self::TokenMissing | Self::TokenInvalid(_) | Self::TokenExpired => {
                Kind::Unauthenticated
            }
            Self::RoleMissing { .. } => Kind::Denied,
            Self::IssuerUnavailable => Kind::Unavailable,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::TokenMissing => "TOKEN_MISSING",
            Self::TokenInvalid(_) => "TOKEN_INVALID",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::RoleMissing { .. } => "ROLE_MISSING",
            Self::IssuerUnavailable => "ISSUER_UNAVAILABLE",
        }
    }
}

impl From<Denied> for Status {
    fn from(denied: Denied) -> Self {
        let mut status = crate::to_status(&denied);
        let challenge = match denied {
            // RFC 6750, section 3.
            Denied::TokenMissing => "Bearer",
            Denied::TokenInvalid(_) | Denied::TokenExpired => "Bearer error=\"invalid_token\"",
            Denied::RoleMissing { .. } => "Bearer error=\"insufficient_scope\"",
            Denied::IssuerUnavailable => return status,
        };
        let challenge = tonic::metadata::MetadataValue::from_static(challenge);
        status.metadata_mut().insert("www-authenticate", challenge);
        status
    }
}
