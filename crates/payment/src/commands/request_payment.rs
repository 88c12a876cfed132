//! Booking gave up waiting: the attempt is settled as soon as that can be (NFR-03, NFR-06).

use crate::Error;
use crate::domain::{Intent, Payment};
use crate::store::Unit;

/// Begins an attempt for the worker to settle, unless it is known or the booking is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestPayment {
    /// What is to be paid.
    pub intent: Intent,
}

// === impl RequestPayment ===

impl RequestPayment {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Option<Payment>, Error> {
        let now = unit.now;
        let begun = unit.account_of(&self.intent)?.request(&self.intent, now)?;
        Ok(begun.map(|(payment, event)| unit.record(payment, event)))
    }
}
