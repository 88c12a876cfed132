//! Why a request asks for something that cannot be had, by anybody, however often it is repeated.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What is wrong with what was asked for, as seating and catalog see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum NotForSale {
    /// No such showing.
    #[error("there is no such showing")]
    ShowingNotFound,
    /// It has begun.
    #[error("the showing has started")]
    ShowingStarted,
    /// It will not take place.
    #[error("the showing was cancelled")]
    ShowingCancelled,
    /// No such seat in it.
    #[error("the showing has no such seat; look at its seat map")]
    SeatUnknown,
    /// It has named seats.
    #[error("the showing has numbered seats; give `seats`, not a `quantity`")]
    SeatsRequired,
    /// It has no named seats.
    #[error("the showing has general admission; give a `quantity`, not `seats`")]
    QuantityRequired,
    /// No such title.
    #[error("there is no such title")]
    TitleNotFound,
    /// It cannot be watched at home, or not any more.
    #[error("the title cannot be watched at home")]
    TitleNotToWatch,
}

/// Not one of these reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a known reason")]
pub struct Unknown;

// === impl NotForSale ===

impl NotForSale {
    const ALL: [Self; 8] = [
        Self::ShowingNotFound,
        Self::ShowingStarted,
        Self::ShowingCancelled,
        Self::SeatUnknown,
        Self::SeatsRequired,
        Self::QuantityRequired,
        Self::TitleNotFound,
        Self::TitleNotToWatch,
    ];

    /// As it stands on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ShowingNotFound => "SHOWING_NOT_FOUND",
            Self::ShowingStarted => "SHOWING_STARTED",
            Self::ShowingCancelled => "SHOWING_CANCELLED",
            Self::SeatUnknown => "SEAT_UNKNOWN",
            Self::SeatsRequired => "SEATS_REQUIRED",
            Self::QuantityRequired => "QUANTITY_REQUIRED",
            Self::TitleNotFound => "TITLE_NOT_FOUND",
            Self::TitleNotToWatch => "TITLE_NOT_TO_WATCH",
        }
    }
}

impl FromStr for NotForSale {
    type Err = Unknown;

    fn from_str(reason: &str) -> Result<Self, Unknown> {
        Self::ALL.into_iter().find(|it| it.as_str() == reason).ok_or(Unknown)
    }
}
