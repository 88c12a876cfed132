//! Why booking did not do what it was asked.

use boxoffice_contracts::convert::Malformed;
use boxoffice_contracts::page::InvalidToken;
use boxoffice_eventing::{StoreError, Turned};
use boxoffice_kernel::{BookingId, Fault, Kind};
use boxoffice_runtime::auth::Denied;
use boxoffice_runtime::to_status;
use sea_orm::DbErr;
use tonic::Status;

use crate::domain::{NotForSale, Refusal, Unsound};

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Nothing can be booked so.
    #[error(transparent)]
    Unsound(#[from] Unsound),
    /// Not a page of this list.
    #[error(transparent)]
    InvalidPage(#[from] InvalidToken),
    /// Not a place to go on watching from.
    #[error("`resume_token` is not one that this booking gave")]
    InvalidResumeToken,
    /// The caller is nobody.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such booking, or it is somebody else's.
    #[error("booking {0} does not exist")]
    NotFound(BookingId),
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What was asked for cannot be had.
    #[error(transparent)]
    NotForSale(NotForSale),
    /// Seating or catalog did not answer in time; the booking stays PLACED.
    #[error("{peer} cannot be reached; repeat the request with the same request id")]
    PeerUnavailable {
        /// Which of them.
        peer: &'static str,
    },
    /// Streaming did not answer in time; the booking stands.
    #[error("{peer} cannot be reached; the booking stands, try again shortly")]
    NotCancelled {
        /// Who did not.
        peer: &'static str,
    },
    /// An event that cannot be read.
    #[error("the event cannot be read")]
    Unreadable(#[from] prost::DecodeError),
    /// The lane did not take it.
    #[error(transparent)]
    Turned(#[from] Turned),
    /// The server is going away.
    #[error("the server is stopping; try again shortly")]
    Stopping,
    /// The database could not be reached, or somebody else was quicker, or it said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

// === impl Error ===

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Malformed(it) => it.kind(),
            Self::InvalidPage(it) => it.kind(),
            Self::Denied(it) => it.kind(),
            Self::Turned(it) => it.kind(),
            Self::Unsound(_) | Self::InvalidResumeToken | Self::Unreadable(_) => Kind::Invalid,
            Self::NotFound(_) => Kind::NotFound,
            Self::Refused(Refusal::RequestIdReused) => Kind::Invalid,
            Self::Refused(
                Refusal::WrongState { .. }
                | Refusal::TooLateToCancel
                | Refusal::Watched
                | Refusal::HoldOver
                | Refusal::TooManyAttempts(_)
                | Refusal::UnknownAttempt(_),
            ) => Kind::Refused,
            Self::NotForSale(reason) => not_for_sale(*reason).0,
            Self::PeerUnavailable { .. } | Self::NotCancelled { .. } | Self::Stopping => {
                Kind::Unavailable
            }
            Self::Store(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(it) => it.reason(),
            Self::InvalidPage(it) => it.reason(),
            Self::Denied(it) => it.reason(),
            Self::Turned(it) => it.reason(),
            Self::Unsound(Unsound::Nothing) => "SEATS_OR_QUANTITY_REQUIRED",
            Self::Unsound(Unsound::Both) => "SEATS_AND_QUANTITY",
            Self::Unsound(Unsound::TooMany { .. }) => "TOO_MANY_SEATS",
            Self::Unsound(Unsound::Twice(_)) => "SEAT_TWICE",
            Self::InvalidResumeToken => "INVALID_RESUME_TOKEN",
            Self::Unreadable(_) => "UNREADABLE_EVENT",
            Self::NotFound(_) => "BOOKING_NOT_FOUND",
            Self::Refused(Refusal::RequestIdReused) => "REQUEST_ID_REUSED",
            Self::Refused(Refusal::WrongState { .. }) => "WRONG_BOOKING_STATE",
            Self::Refused(Refusal::TooLateToCancel | Refusal::Watched) => "TOO_LATE_TO_CANCEL",
            Self::Refused(Refusal::HoldOver) => "HOLD_OVER",
            Self::Refused(Refusal::TooManyAttempts(_)) => "TOO_MANY_ATTEMPTS",
            Self::Refused(Refusal::UnknownAttempt(_)) => "UNKNOWN_ATTEMPT",
            Self::NotForSale(reason) => reason.as_str(),
            Self::PeerUnavailable { .. } | Self::NotCancelled { .. } => "PEER_UNAVAILABLE",
            Self::Stopping => "STOPPING",
            Self::Store(error) => error.reason(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Malformed(it) => it.field(),
            Self::InvalidPage(it) => it.field(),
            Self::Unsound(Unsound::TooMany { .. } | Unsound::Nothing | Unsound::Both) => {
                Some("showing")
            }
            Self::Unsound(Unsound::Twice(_)) => Some("showing.seats"),
            Self::InvalidResumeToken => Some("resume_token"),
            Self::Refused(Refusal::RequestIdReused) => Some("request_id"),
            Self::NotForSale(reason) => not_for_sale(*reason).1,
            Self::Refused(_)
            | Self::Denied(_)
            | Self::NotFound(_)
            | Self::PeerUnavailable { .. }
            | Self::NotCancelled { .. }
            | Self::Unreadable(_)
            | Self::Turned(_)
            | Self::Stopping
            | Self::Store(_) => None,
        }
    }
}

/// What a caller can do about it, and the field that names it.
const fn not_for_sale(reason: NotForSale) -> (Kind, Option<&'static str>) {
    match reason {
        NotForSale::ShowingNotFound => (Kind::NotFound, Some("showing.showing_id")),
        NotForSale::TitleNotFound => (Kind::NotFound, Some("home_movie.title_id")),
        NotForSale::ShowingStarted | NotForSale::ShowingCancelled => {
            (Kind::Refused, Some("showing.showing_id"))
        }
        NotForSale::TitleNotToWatch => (Kind::Refused, Some("home_movie.title_id")),
        NotForSale::SeatUnknown | NotForSale::SeatsRequired => {
            (Kind::Invalid, Some("showing.seats"))
        }
        NotForSale::QuantityRequired => (Kind::Invalid, Some("showing.quantity")),
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        to_status(&error)
    }
}
