//! The provider answered: the state changes and says so.

use boxoffice_kernel::{BookingId, PaymentId};

use crate::Error;
use crate::domain::{Answer, Payment};
use crate::store::Unit;

/// Takes in what the provider said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordAnswer {
    /// Of which booking.
    pub booking_id: BookingId,
    /// Which attempt.
    pub payment_id: PaymentId,
    /// What it said; `None`: that it knows nothing of it.
    pub answer: Option<Answer>,
}

// === impl RecordAnswer ===

impl RecordAnswer {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Payment, Error> {
        let now = unit.now;
        let account = unit.account(self.booking_id);
        let heard = account.hear(self.payment_id, self.answer.as_ref(), now)?;
        let (payment, event) = heard.ok_or(Error::NotFound(self.payment_id))?;
        Ok(unit.record(payment, event))
    }
}
