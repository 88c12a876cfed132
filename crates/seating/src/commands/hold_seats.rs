//! Holds seats for a booking (FR-11, FR-12, FR-14). The hottest path of the platform.

use boxoffice_kernel::{BookingId, ShowingId};

use super::{Answer, Touched};
use crate::Error;
use crate::domain::{Ask, Outcome};
use crate::store::Unit;

/// Hold seats for a booking, all or none.
#[derive(Clone, Debug)]
pub struct HoldSeats {
    /// For which; the key, so that a repetition answers as the first time.
    pub booking_id: BookingId,
    /// Of which showing.
    pub showing_id: ShowingId,
    /// Which, or how many.
    pub ask: Ask,
}

// === impl HoldSeats ===

impl HoldSeats {
    pub(super) fn touches(&self, rows: &mut Touched) {
        rows.showings.insert(self.showing_id);
        rows.holds.insert(self.booking_id);
        let names = self.ask.names().iter().filter(|name| name.is_plausible());
        rows.seats.entry(self.showing_id).or_default().extend(names.cloned());
    }

    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Answer, Error> {
        if let Some(hold) = unit.hold(self.booking_id) {
            hold.repeats(self.showing_id, &self.ask)?;
            let seats = unit.house(self.showing_id)?.held_seats(hold)?;
            return Ok(Answer::Hold(Outcome::Held(seats)));
        }
        let now = unit.now();
        match unit.house_mut(self.showing_id)?.hold(self.booking_id, &self.ask, now)? {
            Err(unavailable) => Ok(Answer::Hold(Outcome::Unavailable(unavailable))),
            Ok(granted) => {
                unit.put_hold(granted.hold);
                unit.record(Some(granted.event));
                Ok(Answer::Hold(Outcome::Held(granted.seats)))
            }
        }
    }
}
