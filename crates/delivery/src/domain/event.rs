//! What delivery says: facts, in the past tense.

use boxoffice_kernel::{BookingId, CustomerId, DeliveryId, Time};

use super::Method;

/// A fact about one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which.
    pub delivery_id: DeliveryId,
    /// Of which booking.
    pub booking_id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The delivery's version after it.
    pub sequence: u64,
    /// When.
    pub time: Time,
    /// What happened.
    pub what: What,
}

/// What happened to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The tickets are on their way.
    Started {
        /// How.
        method: Method,
    },
    /// The customer has them.
    Completed,
    /// They are good for nothing any more.
    Cancelled,
}
