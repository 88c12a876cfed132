//! What a notice is about, with what the event that caused it knew.

use boxoffice_kernel::{Money, Time};
use serde::{Deserialize, Serialize};

/// What a customer is told, and the facts in it. Nothing here is anybody's free text. Stored as
/// JSON: a variant or a field may be added, never renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Topic {
    /// The money was taken (FR-50).
    PaymentApproved {
        /// How much.
        amount: Money,
    },
    /// The money was given back (FR-51).
    PaymentCancelled {
        /// How much.
        amount: Money,
    },
    /// The booking is confirmed (FR-52).
    BookingConfirmed {
        /// What was paid.
        amount: Money,
        /// When the showing begins; a title to watch at home has no such time.
        starts_at: Option<Time>,
    },
    /// The booking was cancelled (FR-52).
    BookingCancelled {
        /// Whether the whole showing was.
        showing_cancelled: bool,
    },
    /// The booking was not paid in time.
    BookingExpired,
    /// The showing begins at another time (FR-53).
    ShowingRescheduled {
        /// When it was to begin.
        previously: Time,
        /// When it begins now.
        starts_at: Time,
    },
    /// The tickets are on their way.
    DeliveryStarted {
        /// In a parcel; else as an e-ticket.
        by_post: bool,
    },
    /// The customer has the tickets.
    DeliveryCompleted,
    /// The tickets were called back.
    DeliveryCancelled,
    /// The title may be watched.
    LicenseGranted,
    /// The title may not be watched any more.
    LicenseRevoked,
}
