//! The sweeper's command: whatever is due and nobody's is taken up again (rule 6).

use boxoffice_kernel::BookingId;

use crate::Error;
use crate::domain::{Booking, Phase, Rejection, State};
use crate::store::Unit;

/// Close what is over; claim what has to go on.
#[derive(Clone, Debug)]
pub struct TakeUp {
    /// Which.
    pub booking_id: BookingId,
}

// === impl TakeUp ===

impl TakeUp {
    /// Answers with the booking; its next step is the asker's for [`Terms::step`](crate::domain::Terms).
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.next_step_at.is_none_or(|due| due > unit.now) {
            return Ok(booking); // another replica was quicker
        }
        let (now, terms) = (unit.now, unit.terms);
        match booking.state {
            State::Placed if now >= booking.placing_ends_at(&terms) => {
                let event = booking.reject(Rejection::SeatingUnavailable, now)?;
                Ok(unit.put(booking, [event]))
            }
            State::AwaitingPayment if booking.over_at(&terms).is_some_and(|over| now >= over) => {
                let event = booking.expire(now)?;
                Ok(unit.put(booking, [event]))
            }
            State::Placed | State::Cancelling => {
                booking.next_step_at = Some(now + terms.step);
                Ok(unit.put(booking, []))
            }
            State::AwaitingPayment => {
                let in_call = booking.pending().is_some_and(|it| it.phase == Phase::InCall);
                booking.next_step_at =
                    if in_call { Some(now + terms.step) } else { booking.over_at(&terms) };
                Ok(unit.put(booking, []))
            }
            State::Confirmed | State::Rejected | State::Expired | State::Cancelled => {
                booking.next_step_at = None;
                Ok(unit.put(booking, []))
            }
        }
    }
}
