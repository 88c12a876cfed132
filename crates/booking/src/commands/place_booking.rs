//! Step 1: save what a customer wants before anybody is called (rule 1).

use crate::Error;
use crate::domain::{Booking, Refusal, Request};
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
            return Ok(earlier.clone());
        }
        let (booking, event) = Booking::place(self.request.clone(), &unit.terms, unit.now);
        Ok(unit.put(booking, [event]))
    }
}
