//! Why notification did not do what it was asked.

use boxoffice_contracts::convert::Malformed;
use boxoffice_contracts::page::InvalidToken;
use boxoffice_eventing::{StoreError, Turned};
use boxoffice_kernel::{Fault, Kind, NoticeId};
use boxoffice_runtime::auth::Denied;
use boxoffice_runtime::breaker::CallError;
use boxoffice_runtime::to_status;
use sea_orm::DbErr;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A page token of something else.
    #[error(transparent)]
    Page(#[from] InvalidToken),
    /// The caller is nobody who could have notices.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such notice, or it is somebody else's.
    #[error("notice {0} does not exist")]
    NotFound(NoticeId),
    /// Booking did not say whom to tell.
    #[error("booking did not say how to reach its customer")]
    NoContact(#[source] CallError),
    /// A template that cannot be filled in: our bug.
    #[error("a notice cannot be put in words")]
    Template(#[from] askama::Error),
    /// An event that cannot be read.
    #[error("an event that notification cannot read")]
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
            Self::NoContact(_) => Kind::Unavailable,
            Self::Template(_) => Kind::Internal,
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
            Self::NotFound(_) => "NOTICE_NOT_FOUND",
            Self::NoContact(_) => "BOOKING_UNAVAILABLE",
            Self::Template(_) => "INTERNAL",
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
            | Self::NoContact(_)
            | Self::Template(_)
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
