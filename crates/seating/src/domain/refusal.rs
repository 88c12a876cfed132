//! The rules that say no, and the one table of what a caller is told.

use boxoffice_kernel::money::Unsound;
use boxoffice_kernel::{BookingId, Kind, ShowingId, TitleId};

use super::{HallId, SeatName};

/// A rule said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request itself is wrong, whatever the state of the world.
    #[error(transparent)]
    Flawed(#[from] Flaw),
    /// No such showing.
    #[error("showing {0} does not exist")]
    ShowingNotFound(ShowingId),
    /// No such hall.
    #[error("hall `{0}` does not exist")]
    HallNotFound(HallId),
    /// The booking holds nothing here.
    #[error("booking {0} holds no seat")]
    HoldNotFound(BookingId),
    /// Too late.
    #[error("showing {0} has started")]
    ShowingStarted(ShowingId),
    /// It will not take place.
    #[error("showing {0} is cancelled")]
    ShowingCancelled(ShowingId),
    /// The title was taken off the programme.
    #[error("title {0} is not on the programme any more")]
    TitleRemoved(TitleId),
    /// The booking was closed before; nothing may be held for it any more.
    #[error("booking {0} is closed")]
    BookingClosed(BookingId),
    /// A closed booking says that it is confirmed. That must never happen, so it is said aloud.
    #[error("booking {0} was confirmed after it closed: it has no seats")]
    SoldAfterClosing(BookingId),
    /// The same booking asks for something else.
    #[error("booking {0} has asked for other seats before")]
    BookingIdReused(BookingId),
    /// The same request id, another request.
    #[error("the request id was used for another request before")]
    RequestIdReused,
    /// The counters, the seats and the holds of a showing contradict each other.
    #[error("the seats of showing {0} contradict its holds")]
    Inconsistent(ShowingId),
}

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each says itself in its message")]
pub enum Flaw {
    #[error("the start is in the past")]
    StartInPast,
    #[error("the end is not after the start")]
    EndBeforeStart,
    #[error("a showing takes at most 24 hours")]
    TooLong,
    #[error("the venue is missing")]
    VenueMissing,
    #[error("the capacity is not between 1 and 1,000,000")]
    Capacity,
    #[error("a hall's id is 1–64 of a–z, 0–9 and `-`")]
    HallId,
    #[error("either a hall or rows, not both and not neither")]
    HallOrRows,
    #[error("at most 20,000 seats in at most 1,000 rows")]
    TooManySeats,
    #[error("not one seat is on sale")]
    NoSeats,
    #[error("row label `{0}` is not 1–8 letters or digits")]
    RowLabel(String),
    #[error("row `{0}` is there twice")]
    RowRepeated(String),
    #[error("row `{0}` does not have 1–1,000 seats")]
    RowSeats(String),
    #[error("the grade of row `{0}` does not have 1–32 characters")]
    RowGrade(String),
    #[error("row `{0}` bends more than 180 degrees")]
    RowCurve(String),
    #[error("row `{label}` has no number {number}")]
    OutsideRow { label: String, number: u32 },
    #[error("there are no prices")]
    NoPrices,
    #[error("the prices are not all in one currency")]
    MixedCurrencies,
    #[error("grade `{0}` has two prices")]
    GradeRepeated(String),
    #[error("grade `{0}` has no price")]
    GradeUnpriced(String),
    #[error("no seat is of grade `{0}`")]
    GradeUnknown(String),
    #[error("neither seats nor a quantity is asked for")]
    NothingAsked,
    #[error("either seats or a quantity, not both")]
    SeatsAndQuantity,
    #[error("at most 1,000 seats at once")]
    TooManyAsked,
    #[error("seat `{0}` is asked for twice")]
    SeatRepeated(SeatName),
    #[error("this showing has no such seats: {}", list(.0))]
    SeatUnknown(Vec<SeatName>),
    #[error("seats of this showing have names: say which")]
    SeatsRequired,
    #[error("seats of this showing have no names: say how many")]
    QuantityRequired,
    #[error(transparent)]
    Amount(Unsound),
}

// === impl Refusal ===

impl Refusal {
    /// What a caller can do about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Flawed(_) | Self::RequestIdReused | Self::BookingIdReused(_) => Kind::Invalid,
            Self::ShowingNotFound(_) | Self::HallNotFound(_) | Self::HoldNotFound(_) => {
                Kind::NotFound
            }
            Self::ShowingStarted(_)
            | Self::ShowingCancelled(_)
            | Self::TitleRemoved(_)
            | Self::BookingClosed(_)
            | Self::SoldAfterClosing(_) => Kind::Refused,
            Self::Inconsistent(_) => Kind::Internal,
        }
    }

    /// Its stable name.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Flawed(flaw) => flaw.reason(),
            Self::ShowingNotFound(_) => "SHOWING_NOT_FOUND",
            Self::HallNotFound(_) => "HALL_NOT_FOUND",
            Self::HoldNotFound(_) => "HOLD_NOT_FOUND",
            Self::ShowingStarted(_) => "SHOWING_STARTED",
            Self::ShowingCancelled(_) => "SHOWING_CANCELLED",
            Self::TitleRemoved(_) => "TITLE_REMOVED",
            Self::BookingClosed(_) => "BOOKING_CLOSED",
            Self::SoldAfterClosing(_) => "SOLD_AFTER_CLOSING",
            Self::BookingIdReused(_) => "BOOKING_ID_REUSED",
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::Inconsistent(_) => "INCONSISTENT",
        }
    }

    /// The field at fault.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Flawed(flaw) => Some(flaw.field()),
            Self::RequestIdReused => Some("request_id"),
            Self::BookingIdReused(_) => Some("booking_id"),
            Self::ShowingNotFound(_)
            | Self::HallNotFound(_)
            | Self::HoldNotFound(_)
            | Self::ShowingStarted(_)
            | Self::ShowingCancelled(_)
            | Self::TitleRemoved(_)
            | Self::BookingClosed(_)
            | Self::SoldAfterClosing(_)
            | Self::Inconsistent(_) => None,
        }
    }
}

// === impl Flaw ===

impl Flaw {
    /// Its stable name.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::StartInPast => "START_IN_PAST",
            Self::EndBeforeStart => "END_BEFORE_START",
            Self::TooLong => "SHOWING_TOO_LONG",
            Self::VenueMissing => "VENUE_REQUIRED",
            Self::Capacity => "CAPACITY_OUT_OF_RANGE",
            Self::HallOrRows => "HALL_OR_ROWS",
            Self::TooManySeats => "LAYOUT_TOO_LARGE",
            Self::NoSeats => "LAYOUT_EMPTY",
            Self::RowRepeated(_) => "ROW_REPEATED",
            Self::OutsideRow { .. } => "NUMBER_OUTSIDE_ROW",
            Self::HallId
            | Self::RowLabel(_)
            | Self::RowSeats(_)
            | Self::RowGrade(_)
            | Self::RowCurve(_) => "INVALID_FIELD",
            Self::NoPrices => "PRICES_REQUIRED",
            Self::MixedCurrencies => "CURRENCIES_MIXED",
            Self::GradeRepeated(_) => "GRADE_REPEATED",
            Self::GradeUnpriced(_) => "GRADE_WITHOUT_PRICE",
            Self::GradeUnknown(_) => "GRADE_UNKNOWN",
            Self::NothingAsked => "NOTHING_ASKED",
            Self::SeatsAndQuantity => "SEATS_AND_QUANTITY",
            Self::TooManyAsked => "TOO_MANY_SEATS",
            Self::SeatRepeated(_) => "SEAT_REPEATED",
            Self::SeatUnknown(_) => "SEAT_UNKNOWN",
            Self::SeatsRequired => "SEATS_REQUIRED",
            Self::QuantityRequired => "QUANTITY_REQUIRED",
            Self::Amount(_) => "AMOUNT_TOO_LARGE",
        }
    }

    /// The field it lies in. A hold's are named as the customer wrote them, to booking.
    pub fn field(&self) -> &'static str {
        match self {
            Self::StartInPast => "start_time",
            Self::EndBeforeStart | Self::TooLong => "end_time",
            Self::VenueMissing => "venue",
            Self::Capacity => "general_admission.capacity",
            Self::HallId => "hall_id",
            Self::HallOrRows => "seat_map.hall_id",
            Self::TooManySeats
            | Self::NoSeats
            | Self::RowLabel(_)
            | Self::RowRepeated(_)
            | Self::RowSeats(_)
            | Self::RowGrade(_)
            | Self::RowCurve(_)
            | Self::OutsideRow { .. } => "rows",
            Self::NoPrices
            | Self::MixedCurrencies
            | Self::GradeRepeated(_)
            | Self::GradeUnpriced(_)
            | Self::GradeUnknown(_) => "seat_map.prices",
            Self::NothingAsked | Self::QuantityRequired | Self::Amount(_) => "showing.quantity",
            Self::SeatsAndQuantity
            | Self::TooManyAsked
            | Self::SeatRepeated(_)
            | Self::SeatUnknown(_)
            | Self::SeatsRequired => "showing.seats",
        }
    }
}

/// The first few of them; the rest is too much to read.
fn list(names: &[SeatName]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(SeatName::as_str).collect();
    let more = if names.len() > SHOWN { ", …" } else { "" };
    shown.join(", ") + more
}
