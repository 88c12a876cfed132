//! Why payment did not do what it was asked.

use boxoffice_contracts::convert::Malformed;
use boxoffice_contracts::page::InvalidToken;
use boxoffice_eventing::{StoreError, Turned};
use boxoffice_kernel::{Fault, Kind, PaymentId};
use boxoffice_runtime::auth::Denied;
use boxoffice_runtime::to_status;
use sea_orm::DbErr;
use tokio::task::JoinError;

use crate::domain::Refusal;
use crate::provider::Unanswered;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A page token of something else.
    #[error(transparent)]
    Page(#[from] InvalidToken),
    /// The caller is nobody who could have payments.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such payment, or it is somebody else's.
    #[error("payment {0} does not exist")]
    NotFound(PaymentId),
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The provider did not answer. The attempt is saved, and settled when it does.
    #[error("the payment is not settled yet; it will be when the payment provider answers")]
    Unanswered(#[from] Unanswered),
    /// The server is ending. The attempt is saved, and settled by the next one.
    #[error("the payment is not settled yet; it will be when the server is back")]
    Aborted(#[source] JoinError),
    /// An event that cannot be read.
    #[error("an event that payment cannot read")]
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
            Self::Refused(refusal) => told(refusal).0,
            Self::Unanswered(unanswered) => unanswered.kind(),
            Self::Aborted(aborted) if aborted.is_panic() => Kind::Internal,
            Self::Aborted(_) => Kind::Unavailable,
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
            Self::NotFound(_) => "PAYMENT_NOT_FOUND",
            Self::Refused(refusal) => told(refusal).1,
            Self::Unanswered(unanswered) => unanswered.reason(),
            Self::Aborted(aborted) if aborted.is_panic() => "INTERNAL",
            Self::Aborted(_) => "STOPPING",
            Self::Unreadable(_) => "UNREADABLE_EVENT",
            Self::Turned(turned) => turned.reason(),
            Self::Store(error) => error.reason(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Malformed(malformed) => malformed.field(),
            Self::Page(token) => token.field(),
            Self::Refused(Refusal::Reused) => Some("payment_id"),
            Self::Refused(
                Refusal::Closed
                | Refusal::Unsettled(_)
                | Refusal::Paid(_)
                | Refusal::Contradiction { .. },
            )
            | Self::Denied(_)
            | Self::NotFound(_)
            | Self::Unanswered(_)
            | Self::Aborted(_)
            | Self::Unreadable(_)
            | Self::Turned(_)
            | Self::Store(_) => None,
        }
    }
}

/// What a caller is told of a refusal: what to do, and a name to match on.
fn told(refusal: &Refusal) -> (Kind, &'static str) {
    match refusal {
        Refusal::Closed => (Kind::Refused, "BOOKING_CLOSED"),
        Refusal::Reused => (Kind::Invalid, "REQUEST_ID_REUSED"),
        Refusal::Unsettled(_) => (Kind::Refused, "PAYMENT_PENDING"),
        Refusal::Paid(_) => (Kind::Refused, "ALREADY_PAID"),
        Refusal::Contradiction { .. } => (Kind::Internal, "PROVIDER_CONTRADICTION"),
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
