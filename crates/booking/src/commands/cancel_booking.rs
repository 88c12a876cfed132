//! The customer, or customer care for them, cancels (FR-40). Payment and seating follow the event,
//! so it works while they are down (FR-44). Of a title to watch the licence has to be revoked first.

use boxoffice_kernel::{BookingId, CustomerId};

use crate::Error;
use crate::domain::{Booking, State};
use crate::store::Unit;

/// Cancel a booking.
#[derive(Clone, Debug)]
pub struct CancelBooking {
    /// Which.
    pub booking_id: BookingId,
    /// Whose it has to be; `None`: customer care asks.
    pub customer_id: Option<CustomerId>,
}

// === impl CancelBooking ===

impl CancelBooking {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if self.customer_id.as_ref().is_some_and(|it| *it != booking.customer_id) {
            return Err(Error::NotFound(self.booking_id));
        }
        if matches!(booking.state, State::Cancelling | State::Cancelled) {
            return Ok(booking);
        }
        let event = booking.cancel(&unit.terms, unit.now)?;
        Ok(unit.put(booking, event))
    }
}
