//! A caller wants the money now: the intent is saved before the provider is asked.

use crate::Error;
use crate::domain::{Intent, Payment};
use crate::store::Unit;

/// Begins an attempt, or takes it up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApprovePayment {
    /// What is to be paid.
    pub intent: Intent,
}

// === impl ApprovePayment ===

impl ApprovePayment {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Payment, Error> {
        let (pace, now) = (unit.pace, unit.now);
        let account = unit.account_of(&self.intent)?;
        let (payment, event) = account.approve(&self.intent, &pace, now)?;
        Ok(unit.record(payment, event))
    }
}
