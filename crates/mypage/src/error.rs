//! Why my page did not do what it was asked.

use boxoffice_contracts::convert::Malformed;
use boxoffice_contracts::page::InvalidToken;
use boxoffice_eventing::{StoreError, Turned};
use boxoffice_kernel::{BookingId, Fault, Kind};
use boxoffice_runtime::auth::Denied;
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
    /// Not a place to go on watching from.
    #[error("`resume_token` is not one that these bookings gave")]
    ResumeToken,
    /// As many watch as this process can serve.
    #[error("too many watch their bookings; try again shortly")]
    TooManyWatchers,
    /// The caller is nobody who could have bookings.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such booking, or it is somebody else's.
    #[error("booking {0} does not exist")]
    NotFound(BookingId),
    /// An event that cannot be read.
    #[error("an event that my page cannot read")]
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
            Self::ResumeToken | Self::Unreadable(_) => Kind::Invalid,
            Self::TooManyWatchers => Kind::Exhausted,
            Self::Denied(denied) => denied.kind(),
            Self::NotFound(_) => Kind::NotFound,
            Self::Turned(turned) => turned.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(malformed) => malformed.reason(),
            Self::Page(token) => token.reason(),
            Self::ResumeToken => "INVALID_RESUME_TOKEN",
            Self::TooManyWatchers => "TOO_MANY_WATCHERS",
            Self::Denied(denied) => denied.reason(),
            Self::NotFound(_) => "BOOKING_NOT_FOUND",
            Self::Unreadable(_) => "UNREADABLE_EVENT",
            Self::Turned(turned) => turned.reason(),
            Self::Store(error) => error.reason(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Malformed(malformed) => malformed.field(),
            Self::Page(token) => token.field(),
            Self::ResumeToken => Some("resume_token"),
            Self::TooManyWatchers
            | Self::Denied(_)
            | Self::NotFound(_)
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
