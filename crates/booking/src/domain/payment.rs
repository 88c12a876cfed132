//! Attempts to pay, as booking knows them. The money itself is payment's.

use boxoffice_kernel::{PaymentId, Time};
use serde::{Deserialize, Serialize};

/// One attempt to pay a booking. There is never a second one while the last is unsettled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Also the provider's idempotency key.
    pub id: PaymentId,
    /// The provider's reference of the method.
    pub method: String,
    /// When it was begun.
    pub began_at: Time,
    /// Made by `PlaceBooking` itself: a decline then rejects the booking (design §2).
    pub placing: bool,
    /// Who settles it.
    pub phase: Phase,
    /// What became of it.
    pub outcome: Outcome,
}

/// Who settles an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// The call that began it.
    InCall,
    /// Payment, when it can: `PaymentRequested` was said (NFR-03, NFR-06).
    Requested,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Not settled yet.
    Pending,
    /// The money was taken.
    Approved,
    /// The provider said no, in its words.
    Declined(String),
}

// === impl Attempt ===

impl Attempt {
    /// A new one, to be settled in the call.
    pub fn begin(id: PaymentId, method: String, placing: bool, now: Time) -> Self {
        let (phase, outcome) = (Phase::InCall, Outcome::Pending);
        Self { id, method, began_at: now, placing, phase, outcome }
    }

    /// Whether its outcome is not known yet.
    pub fn is_pending(&self) -> bool {
        self.outcome == Outcome::Pending
    }
}
