//! What booking says, as values.

use boxoffice_kernel::{Money, PaymentId, Time, TitleId};

use crate::domain::{Fulfilment, Item, Rejection};

/// A fact about a booking, in the past tense. Whose booking it is, and which, goes without saying:
/// it is recorded beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants to book.
    Placed {
        /// What.
        item: Item,
    },
    /// An attempt could not be settled in the call.
    PaymentRequested {
        /// Which.
        payment_id: PaymentId,
        /// By what.
        method: String,
        /// How much.
        amount: Money,
        /// After this no charge may be begun.
        expires_at: Time,
    },
    /// Seats and money are there (D-7).
    Confirmed {
        /// What.
        item: Item,
        /// The attempt that paid.
        payment_id: PaymentId,
        /// How much.
        amount: Money,
        /// How the tickets come.
        fulfilment: Fulfilment,
        /// When the showing begins.
        starts_at: Option<Time>,
        /// When it ends.
        ends_at: Option<Time>,
        /// Of which title.
        title_id: Option<TitleId>,
    },
    /// It did not come about.
    Rejected {
        /// Why.
        rejection: Rejection,
    },
    /// It was not paid in time.
    Expired,
    /// It was cancelled.
    Cancelled {
        /// With its showing.
        showing_cancelled: bool,
    },
    /// Its showing was moved (FR-04).
    Rescheduled {
        /// When it was to begin.
        previous: Time,
        /// When it begins now.
        starts_at: Time,
    },
}
