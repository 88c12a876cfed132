//! Step 5: what became of an attempt, whether the call learned it or an event told it.

use boxoffice_kernel::{BookingId, PaymentId};

use crate::Error;
use crate::domain::{Booking, Outcome, Phase, Refusal, State};
use crate::store::Unit;

/// The money was taken.
#[derive(Clone, Debug)]
pub struct ConfirmBooking {
    /// For which booking.
    pub booking_id: BookingId,
    /// By which attempt.
    pub payment_id: PaymentId,
}

/// The provider said no.
#[derive(Clone, Debug)]
pub struct DeclinePayment {
    /// For which booking.
    pub booking_id: BookingId,
    /// Which attempt.
    pub payment_id: PaymentId,
    /// In the provider's words.
    pub provider_reason: String,
}

/// The call gave up waiting: payment is to settle it by itself.
#[derive(Clone, Debug)]
pub struct RequestPayment {
    /// For which booking.
    pub booking_id: BookingId,
    /// Which attempt.
    pub payment_id: PaymentId,
}

// === impl ConfirmBooking ===

impl ConfirmBooking {
    /// For a booking that has closed nothing is to be done: payment gives the money back (rule 5).
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.state.is_closed() {
            return Ok(booking);
        }
        match booking.find_attempt(self.payment_id).map(|attempt| &attempt.outcome) {
            None => Err(Refusal::UnknownAttempt(self.payment_id).into()),
            Some(Outcome::Approved) => Ok(booking),
            Some(Outcome::Pending | Outcome::Declined(_)) => {
                let event = booking.confirm(self.payment_id, unit.now)?;
                Ok(unit.put(booking, [event]))
            }
        }
    }
}

// === impl DeclinePayment ===

impl DeclinePayment {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.state.is_closed() {
            return Ok(booking);
        }
        match booking.find_attempt(self.payment_id).map(|attempt| &attempt.outcome) {
            None => Err(Refusal::UnknownAttempt(self.payment_id).into()),
            Some(Outcome::Approved | Outcome::Declined(_)) => Ok(booking),
            Some(Outcome::Pending) => {
                let event = booking.decline(self.payment_id, &self.provider_reason, unit.now)?;
                Ok(unit.put(booking, event))
            }
        }
    }
}

// === impl RequestPayment ===

impl RequestPayment {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        let in_call = booking.attempt().is_some_and(|attempt| {
            attempt.id == self.payment_id && attempt.is_pending() && attempt.phase == Phase::InCall
        });
        if booking.state != State::AwaitingPayment || !in_call {
            return Ok(booking); // settled, closed or requested meanwhile
        }
        let event = booking.request_payment(self.payment_id, unit.now)?;
        Ok(unit.put(booking, [event]))
    }
}
