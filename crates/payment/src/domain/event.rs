//! What payment says: facts, in the past tense.

use boxoffice_kernel::{BookingId, CustomerId, Money, PaymentId, Time};

/// A fact about one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The attempt.
    pub payment_id: PaymentId,
    /// For which booking.
    pub booking_id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The payment's version after it.
    pub sequence: u64,
    /// When.
    pub time: Time,
    /// What happened.
    pub what: What,
}

/// What happened to a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The money was taken, for a booking that was open.
    Approved {
        /// How much.
        amount: Money,
    },
    /// The provider said no, or the time was over.
    Declined {
        /// Why.
        reason: String,
    },
    /// The money was given back, or will never be taken.
    Cancelled {
        /// How much was given back.
        amount: Money,
    },
}
