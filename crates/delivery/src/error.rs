//! Why delivery did not do what it was asked.

use boxoffice_contracts::DOMAIN;
use boxoffice_contracts::convert::Malformed;
use boxoffice_contracts::page::InvalidToken;
use boxoffice_eventing::{StoreError, Turned};
use boxoffice_kernel::{DeliveryId, Fault, Kind};
use boxoffice_runtime::auth::Denied;
use boxoffice_runtime::breaker::CallError;
use boxoffice_runtime::to_status;
use sea_orm::DbErr;
use tonic_types::StatusExt as _;

use crate::domain::Refusal;
use crate::issuer::Unusable;
use crate::qr::Undrawable;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A page token of something else.
    #[error(transparent)]
    Page(#[from] InvalidToken),
    /// The caller is nobody who could have tickets.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such delivery, or it is somebody else's.
    #[error("delivery {0} does not exist")]
    NotFound(DeliveryId),
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Booking or the shipper did not answer. The parcel is tried again.
    #[error("the parcel is not sent yet; it is tried again")]
    Unanswered(#[from] Unanswered),
    /// The key cannot sign.
    #[error("a ticket cannot be signed")]
    Sign(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A ticket was to be signed without a key: our bug.
    #[error("there is no key to sign tickets with")]
    NoKey,
    /// A code cannot be drawn.
    #[error("a code cannot be drawn")]
    Draw(#[from] Undrawable),
    /// An event that cannot be read.
    #[error("an event that delivery cannot read")]
    Unreadable(#[from] prost::DecodeError),
    /// The lane did not take it.
    #[error(transparent)]
    Turned(#[from] Turned),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Somebody gave no answer; whether they did what they were asked is unknown.
#[derive(Debug, thiserror::Error)]
#[error("{who} gave no answer")]
pub struct Unanswered {
    who: &'static str,
    #[source]
    why: CallError,
}

// === impl Unanswered ===

impl Unanswered {
    pub(crate) const fn new(who: &'static str, why: CallError) -> Self {
        Self { who, why }
    }

    /// Whether they could not answer, rather than would not.
    pub(crate) fn is_outage(&self) -> bool {
        match self.why.kind() {
            Kind::Unavailable | Kind::Exhausted | Kind::Conflict => true,
            Kind::Invalid
            | Kind::NotFound
            | Kind::Refused
            | Kind::Unauthenticated
            | Kind::Denied
            | Kind::Internal => false,
        }
    }
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
            Self::Unanswered(_) => Kind::Unavailable,
            Self::Sign(_) | Self::NoKey | Self::Draw(_) => Kind::Internal,
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
            Self::NotFound(_) => "DELIVERY_NOT_FOUND",
            Self::Refused(refusal) => told(refusal).1,
            Self::Unanswered(_) => "PARCEL_NOT_SENT",
            Self::Sign(_) | Self::NoKey | Self::Draw(_) => "INTERNAL",
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
            | Self::Unanswered(_)
            | Self::Sign(_)
            | Self::NoKey
            | Self::Draw(_)
            | Self::Unreadable(_)
            | Self::Turned(_)
            | Self::Store(_) => None,
        }
    }
}

/// What a caller is told of a refusal: what to do, and a name to match on.
fn told(refusal: &Refusal) -> (Kind, &'static str) {
    match refusal {
        Refusal::DeliveryCancelled => (Kind::Refused, "DELIVERY_CANCELLED"),
        Refusal::Forged => (Kind::Refused, "TICKET_FORGED"),
        Refusal::UnknownTicket(_) => (Kind::NotFound, "TICKET_NOT_FOUND"),
        Refusal::TicketCancelled => (Kind::Refused, "TICKET_CANCELLED"),
        Refusal::TicketUsed { .. } => (Kind::Refused, "TICKET_USED"),
        Refusal::Printed => (Kind::Refused, "TICKET_PRINTED"),
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<Unusable> for Error {
    fn from(error: Unusable) -> Self {
        Self::Sign(error.into())
    }
}

impl From<Error> for tonic::Status {
    /// When a ticket was used is told in words, and for programs beside the reason.
    fn from(error: Error) -> Self {
        let status = to_status(&error);
        let Error::Refused(Refusal::TicketUsed { at }) = error else { return status };
        let mut details = status.get_error_details();
        let metadata = [("checkInTime".to_owned(), at.to_rfc3339())];
        details.set_error_info("TICKET_USED", DOMAIN, metadata);
        Self::with_error_details(status.code(), status.message(), details)
    }
}
