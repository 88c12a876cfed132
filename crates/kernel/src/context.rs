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
    /// How tickets reach the customer, and the door.
    Delivery,
    /// The right to watch a title at home.
    Streaming,
    /// Stars and text by those who were there.
    Review,
    /// What customers are told.
    Notification,
    /// What became of each booking: the read model of customers and customer care.
    Mypage,
}

/// Not the name of a context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a context; expected one of catalog, seating, booking, payment, delivery, streaming, review, notification, mypage"
)]
pub struct UnknownContext(String);

// === impl Context ===

impl Context {
    /// All of them, in the order they start.
    pub const ALL: [Self; 9] = [
        Self::Catalog,
        Self::Seating,
        Self::Booking,
        Self::Payment,
        Self::Delivery,
        Self::Streaming,
        Self::Review,
        Self::Notification,
        Self::Mypage,
    ];

    /// Its name, as in its crate, database, Service and durable consumers: `booking`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Seating => "seating",
            Self::Booking => "booking",
            Self::Payment => "payment",
            Self::Delivery => "delivery",
            Self::Streaming => "streaming",
            Self::Review => "review",
            Self::Notification => "notification",
            Self::Mypage => "mypage",
        }
    }

    /// Its event stream: `BOOKING`.
    pub const fn stream(self) -> &'static str {
        match self {
            Self::Catalog => "CATALOG",
            Self::Seating => "SEATING",
            Self::Booking => "BOOKING",
            Self::Payment => "PAYMENT",
            Self::Delivery => "DELIVERY",
            Self::Streaming => "STREAMING",
            Self::Review => "REVIEW",
            Self::Notification => "NOTIFICATION",
            Self::Mypage => "MYPAGE",
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
