//! The bounded contexts. One name each: crate, database, stream, Service, service account.

use std::fmt;
use std::str::FromStr;

/// A bounded context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Titles: what can be shown or watched.
    Catalog,
    /// Showings and their seats.
    Seating,
    /// Bookings and the purchase.
    Booking,
    /// Payments and the payment provider.
    Payment,
}

/// Not the name of a context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a context; expected one of catalog, seating, booking, payment")]
pub struct UnknownContext(String);

// === impl Context ===

impl Context {
    /// All of them, in the order they start.
    pub const ALL: [Self; 4] = [Self::Catalog, Self::Seating, Self::Booking, Self::Payment];

    /// Its name, as in its crate, database, Service and durable consumers: `booking`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Seating => "seating",
            Self::Booking => "booking",
            Self::Payment => "payment",
        }
    }

    /// Its event stream: `BOOKING`.
    pub const fn stream(self) -> &'static str {
        match self {
            Self::Catalog => "CATALOG",
            Self::Seating => "SEATING",
            Self::Booking => "BOOKING",
            Self::Payment => "PAYMENT",
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Context {
    type Err = UnknownContext;

    fn from_str(name: &str) -> Result<Self, UnknownContext> {
        Self::ALL
            .into_iter()
            .find(|context| context.as_str() == name)
            .ok_or_else(|| UnknownContext(name.to_owned()))
    }
}
