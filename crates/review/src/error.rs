//! Why review did not do what it was asked.

use boxoffice_contracts::convert::Malformed;
use boxoffice_contracts::page::InvalidToken;
use boxoffice_eventing::{StoreError, Turned};
use boxoffice_kernel::{Fault, Kind, ReviewId};
use boxoffice_runtime::auth::Denied;
use boxoffice_runtime::{CallError, to_status};
use sea_orm::DbErr;
use tokio::task::JoinError;

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
    /// The caller is nobody who could have reviews.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such review, or not for this caller.
    #[error("review {0} does not exist")]
    NotFound(ReviewId),
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Booking did not answer. The review is saved, and settled when it does.
    #[error("the review is not settled yet; it will be when booking answers")]
    Unanswered(#[from] CallError),
    /// The server is ending. The review is saved, and settled by the next one.
    #[error("the review is not settled yet; it will be when the server is back")]
    Aborted(#[source] JoinError),
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
            Self::Refused(refusal) => told(*refusal).0,
            Self::Unanswered(unanswered) => unanswered.kind(),
            Self::Aborted(aborted) if aborted.is_panic() => Kind::Internal,
            Self::Aborted(_) => Kind::Unavailable,
            Self::Turned(turned) => turned.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(malformed) => malformed.reason(),
            Self::Page(token) => token.reason(),
            Self::Denied(denied) => denied.reason(),
            Self::NotFound(_) => "REVIEW_NOT_FOUND",
            Self::Refused(refusal) => told(*refusal).1,
            Self::Unanswered(unanswered) => unanswered.reason(),
            Self::Aborted(aborted) if aborted.is_panic() => "INTERNAL",
            Self::Aborted(_) => "STOPPING",
            Self::Turned(turned) => turned.reason(),
            Self::Store(error) => error.reason(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Malformed(malformed) => malformed.field(),
            Self::Page(token) => token.field(),
            Self::Refused(refusal) => told(*refusal).2,
            Self::Denied(_)
            | Self::NotFound(_)
            | Self::Unanswered(_)
            | Self::Aborted(_)
            | Self::Turned(_)
            | Self::Store(_) => None,
        }
    }
}

/// What a caller is told of a refusal: what to do, a name to match on, the field at fault.
fn told(refusal: Refusal) -> (Kind, &'static str, Option<&'static str>) {
    let field = |reason, field| (Kind::Invalid, reason, Some(field));
    match refusal {
        Refusal::Stars => field("STARS_OUT_OF_RANGE", "stars"),
        Refusal::TextTooLong => field("TEXT_TOO_LONG", "text"),
        Refusal::TextUnprintable => field("TEXT_UNPRINTABLE", "text"),
        Refusal::RequestIdReused => field("REQUEST_ID_REUSED", "request_id"),
        Refusal::Exists => (Kind::Refused, "REVIEW_EXISTS", None),
        Refusal::NotAttended => (Kind::Refused, "NOT_ATTENDED", None),
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
