//! Seats and their names.

use std::fmt;
use std::sync::Arc;

use boxoffice_kernel::BookingId;

/// A seat within its showing: row label, dash, number, such as `C-12`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatName(Arc<str>);

/// What is known of a seat that was held at least once. A seat nobody ever held is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Who has it.
    pub claim: Claim,
    /// The showing's version when that last changed.
    pub version: u64,
}

/// Who has a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody.
    Free,
    /// A booking that is not paid yet.
    Held(BookingId),
    /// A confirmed booking.
    Sold(BookingId),
}

// === impl SeatName ===

impl SeatName {
    /// Takes the name as somebody wrote it; only a layout knows whether there is such a seat.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name of a seat in a row.
    pub fn numbered(label: &str, number: u32) -> Self {
        Self(format!("{label}-{number}").into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is written as a seat's name at all. Only such names are looked for in the store.
    pub fn is_plausible(&self) -> bool {
        self.split().is_some()
    }

    /// Its row's label and its number: letters or digits, a dash, a number without a leading zero.
    pub(super) fn split(&self) -> Option<(&str, u32)> {
        let (label, digits) = self.0.rsplit_once('-')?;
        let labelled = is_label(label);
        let numbered = digits.bytes().all(|it| it.is_ascii_digit()) && !digits.starts_with('0');
        let number = digits.parse().ok().filter(|_| labelled && numbered)?;
        Some((label, number))
    }
}

impl fmt::Debug for SeatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for SeatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 1–8 letters or digits.
pub(super) fn is_label(label: &str) -> bool {
    (1..=8).contains(&label.len()) && label.bytes().all(|it| it.is_ascii_alphanumeric())
}

// === impl Claim ===

impl Claim {
    /// Whether nobody has it.
    pub const fn is_free(self) -> bool {
        matches!(self, Self::Free)
    }

    /// Who has it.
    pub const fn booking_id(self) -> Option<BookingId> {
        match self {
            Self::Free => None,
            Self::Held(booking_id) | Self::Sold(booking_id) => Some(booking_id),
        }
    }
}
