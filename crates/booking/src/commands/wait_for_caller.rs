//! Step 2 without an answer: the caller is told so, and may ask again. Unasked, nothing is held or charged any more.

use boxoffice_kernel::BookingId;

use crate::Error;
use crate::domain::{Booking, State};
use crate::store::Unit;

/// Leave a booking that has no seats to whoever placed it, until it is closed.
#[derive(Clone, Debug)]
pub struct WaitForCaller {
    /// Which.
    pub booking_id: BookingId,
}

// === impl WaitForCaller ===

impl WaitForCaller {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.state != State::Placed {
            return Ok(booking); // another call for it learned more
        }
        booking.next_step_at = Some(booking.placing_ends_at(&unit.terms));
        Ok(unit.put(booking, []))
    }
}
