//! Step 3: the seats are held; from here on only the money is missing.

use boxoffice_kernel::{BookingId, Money, PaymentId};

use crate::Error;
use crate::domain::{BookedSeat, Booking, Holding, Shown, State};
use crate::store::Unit;

/// Note what is held, and begin the attempt to pay if a method was given.
#[derive(Clone, Debug)]
pub struct AwaitPayment {
    /// For which booking.
    pub booking_id: BookingId,
    /// With prices, as seating says.
    pub seats: Vec<BookedSeat>,
    /// The sum, as seating says (FR-23).
    pub amount: Money,
    /// What is shown and when; `None`: a title to watch.
    pub shown: Option<Shown>,
}

// === impl AwaitPayment ===

impl AwaitPayment {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.state != State::Placed {
            return Ok(booking); // its own effect, or closed meanwhile: the closing event frees the seats
        }
        let holding = Holding {
            seats: self.seats.clone(),
            amount: self.amount,
            expires_at: unit.now + unit.terms.hold,
        };
        let attempt = Some(first_attempt(self.booking_id));
        booking.await_payment(holding, self.shown, attempt, &unit.terms, unit.now)?;
        Ok(unit.put(booking, []))
    }
}

/// The attempt that `PlaceBooking` makes: always the same one, however often it is repeated.
fn first_attempt(booking: BookingId) -> PaymentId {
    PaymentId(boxoffice_kernel::id::derived("place", "booking", booking.0))
}
