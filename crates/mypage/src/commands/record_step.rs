//! Something happened to a booking: a step of its history, and what it changes of the present.

use boxoffice_kernel::CustomerId;

use crate::domain::{Booking, Fact, Step};
use crate::store::Unit;

/// Keeps the step whatever the order; changes the present unless something newer is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordStep {
    /// What happened.
    pub step: Step,
    /// What it says.
    pub fact: Fact,
    /// The version of what the event is about, after it.
    pub sequence: u64,
}

// === impl RecordStep ===

impl RecordStep {
    pub(super) fn decide(&self, unit: &mut Unit) {
        let Step { booking_id, time, .. } = self.step;
        let booking = unit.bookings.get_or_insert(booking_id, || Booking::new(booking_id, time));
        booking.hear(&self.fact, self.sequence, time);
        unit.keep(&self.step);
    }

    /// Whose booking it is, if the event says so.
    pub(crate) fn customer_id(&self) -> Option<&CustomerId> {
        match &self.fact {
            Fact::Placed { customer_id, .. }
            | Fact::PaymentRequested { customer_id, .. }
            | Fact::Confirmed { customer_id, .. }
            | Fact::Ended { customer_id, .. }
            | Fact::Rescheduled { customer_id, .. } => Some(customer_id),
            Fact::Seats { .. }
            | Fact::Payment { .. }
            | Fact::Delivery(_)
            | Fact::License { .. } => None,
        }
    }
}
