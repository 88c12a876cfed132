//! Step 1: save what a customer wants before anybody is called (rule 1).

use crate::Error;
use crate::domain::{Booking, Refusal, Request, State};
use crate::store::Unit;

/// Save the intent to book.
#[derive(Clone, Debug)]
pub struct PlaceBooking {
    /// What is wanted; its id finds an earlier try.
    pub request: Request,
}

// === impl PlaceBooking ===

impl PlaceBooking {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        if let Some(earlier) = unit.find(self.request.id) {
            if earlier.fingerprint != self.request.fingerprint {
                return Err(Refusal::RequestIdReused.into());
            }
            let mut earlier = earlier.clone();
            if earlier.state != State::Placed {
                return Ok(earlier);
            }
            // Asked again: from here on it goes on by itself once more, but no longer than at first.
            let step_ends_at = unit.now + unit.terms.step;
            earlier.next_step_at = Some(step_ends_at.min(earlier.placing_ends_at(&unit.terms)));
            return Ok(unit.put(earlier, []));
        }
        let (booking, event) = Booking::place(self.request.clone(), &unit.terms, unit.now);
        Ok(unit.put(booking, [event]))
    }
}
