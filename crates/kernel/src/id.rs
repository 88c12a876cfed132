//! Identifiers. Past the edge nothing is a string.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A title of the catalog.
    TitleId,
    /// A showing.
    ShowingId,
    /// A booking.
    BookingId,
    /// One attempt to pay a booking; the provider's idempotency key.
    PaymentId,
    /// The delivery of a booking's tickets.
    DeliveryId,
    /// One ticket.
    TicketId,
    /// A customer's right to watch a title at home.
    LicenseId,
    /// A review of a title.
    ReviewId,
    /// Something a customer is told.
    NoticeId,
}

/// A customer: the `sub` claim of their token (D-10).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerId(Arc<str>);

// === impl CustomerId ===

impl CustomerId {
    /// Takes the subject as it stands in the token.
    pub fn new(sub: &str) -> Self {
        Self(sub.into())
    }

    /// The subject.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id that a repetition of the same request meets again (AIP-155): UUIDv5 of who asks, what
/// for, and their `request_id`.
pub fn derived(purpose: &str, sub: &str, request_id: Uuid) -> Uuid {
    let name = format!("{purpose}\0{sub}\0{request_id}");
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}
