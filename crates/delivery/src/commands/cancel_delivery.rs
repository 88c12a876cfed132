//! A booking is closed, or its payment was given back: nothing is delivered for it any more.

use boxoffice_kernel::BookingId;

use crate::domain::Ending;
use crate::store::Unit;

/// Leaves the mark, and calls back what is on its way or has arrived (FR-31).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CancelDelivery {
    /// Of which booking.
    pub booking_id: BookingId,
    /// Why.
    pub ending: Ending,
}

// === impl CancelDelivery ===

impl CancelDelivery {
    pub(super) fn decide(self, unit: &mut Unit) {
        let now = unit.now;
        let event = unit.order_of(self.booking_id).end(self.ending, now);
        unit.record(event);
    }
}
