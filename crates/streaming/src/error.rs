//! Why streaming did not do what it was asked.

use boxoffice_contracts::convert::Malformed;
use boxoffice_contracts::page::InvalidToken;
use boxoffice_eventing::{StoreError, Turned};
use boxoffice_kernel::{Fault, Kind, LicenseId};
use boxoffice_runtime::auth::Denied;
use boxoffice_runtime::to_status;
use sea_orm::DbErr;

use crate::domain::Refusal;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A page token of something else.
    #[error(transparent)]
    Page(#[from] InvalidToken),
    /// The caller is nobody who could have licences.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such licence, or it is somebody else's.
    #[error("licence {0} does not exist")]
    NotFound(LicenseId),
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody waits for the answer any more; nothing was done.
    #[error("whoever asked has gone")]
    AskerGone,
    /// An event that cannot be read.
    #[error("the event cannot be read")]
    Unreadable(#[from] prost::DecodeError),
    /// The lane did not take it.
    #[error(transparent)]
    Turned(#[from] Turned),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

// === impl Error ===

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Malformed(malformed) => malformed.kind(),
            Self::Page(token) => token.kind(),
            Self::Denied(denied) => denied.kind(),
            Self::NotFound(_) => Kind::NotFound,
            Self::Refused(Refusal::Watched | Refusal::Revoked) => Kind::Refused,
            Self::AskerGone => Kind::Unavailable,
            Self::Unreadable(_) => Kind::Invalid,
            Self::Turned(turned) => turned.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(malformed) => malformed.reason(),
            Self::Page(token) => token.reason(),
            Self::Denied(denied) => denied.reason(),
            Self::NotFound(_) => "LICENSE_NOT_FOUND",
            Self::Refused(Refusal::Watched) => "TITLE_WATCHED",
            Self::Refused(Refusal::Revoked) => "LICENSE_REVOKED",
            Self::AskerGone => "ASKER_GONE",
            Self::Unreadable(_) => "UNREADABLE_EVENT",
            Self::Turned(turned) => turned.reason(),
            Self::Store(error) => error.reason(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Malformed(malformed) => malformed.field(),
            Self::Page(token) => token.field(),
            Self::Denied(_)
            | Self::NotFound(_)
            | Self::Refused(_)
            | Self::AskerGone
            | Self::Unreadable(_)
            | Self::Turned(_)
            | Self::Store(_) => None,
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        to_status(&error)
    }
}
