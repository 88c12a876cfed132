//! A purchase that does not come about, decided before anything was charged.

use boxoffice_kernel::BookingId;

use crate::Error;
use crate::domain::{Booking, Rejection, State};
use crate::store::Unit;

/// Close a booking that has no seats.
#[derive(Clone, Debug)]
pub struct RejectBooking {
    /// Which.
    pub booking_id: BookingId,
    /// Why.
    pub rejection: Rejection,
}

// === impl RejectBooking ===

impl RejectBooking {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.state != State::Placed {
            return Ok(booking); // decided meanwhile; that decision stands
        }
        let event = booking.reject(self.rejection.clone(), unit.now)?;
        Ok(unit.put(booking, [event]))
    }
}
