//! Pick seats, then pay: another attempt for a booking that awaits payment (FR-20).

use boxoffice_kernel::{BookingId, CustomerId, PaymentId};

use crate::Error;
use crate::domain::{Booking, Refusal};
use crate::store::Unit;

/// Begin an attempt to pay.
#[derive(Clone)]
pub struct PayBooking {
    /// Which booking.
    pub booking_id: BookingId,
    /// Whose it has to be.
    pub customer_id: CustomerId,
    /// UUIDv5 of who asks and their `request_id`: repeating it meets the same attempt.
    pub payment_id: PaymentId,
    /// The provider's reference of the method.
    pub method: String,
}

// === impl PayBooking ===

impl PayBooking {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.customer_id != self.customer_id {
            return Err(Error::NotFound(self.booking_id));
        }
        match booking.find_attempt(self.payment_id) {
            Some(earlier) if earlier.method != self.method => {
                return Err(Refusal::RequestIdReused.into());
            }
            Some(_) => return Ok(booking),
            None => {}
        }
        if booking.pending().is_some() {
            return Ok(booking); // that attempt, never a second one beside it
        }
        booking.begin_payment(self.payment_id, &self.method, &unit.terms, unit.now)?;
        Ok(unit.put(booking, []))
    }
}

impl std::fmt::Debug for PayBooking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PayBooking")
            .field("booking_id", &self.booking_id)
            .field("payment_id", &self.payment_id)
            .finish_non_exhaustive()
    }
}
