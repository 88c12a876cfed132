//! Takes back what a booking holds: it closed (FR-42).

use boxoffice_kernel::{BookingId, ShowingId};

use super::{Answer, Touched};
use crate::Error;
use crate::domain::Hold;
use crate::store::Unit;

/// Put the seats of a closed booking back on sale, held or sold. If it has none yet, leave a mark,
/// so that a hold delayed in the network comes too late (rule 4 of the purchase).
#[derive(Clone, Debug)]
pub struct ReleaseSeats {
    /// Whose.
    pub booking_id: BookingId,
    /// Of which showing.
    pub showing_id: ShowingId,
    /// The booking's version that closed it.
    pub booking_version: u64,
}

// === impl ReleaseSeats ===

impl ReleaseSeats {
    pub(super) fn touches(&self, rows: &mut Touched) {
        rows.showings.insert(self.showing_id);
        rows.holds.insert(self.booking_id);
    }

    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Answer, Error> {
        let by = self.booking_version;
        let Some(hold) = unit.hold(self.booking_id) else {
            unit.put_hold(Hold::mark(self.booking_id, self.showing_id, by));
            return Ok(Answer::Done);
        };
        if hold.state.is_over() {
            return Ok(Answer::Done); // also where there never was such a showing
        }
        let mut hold = hold.clone();
        let event = unit.house_mut(self.showing_id)?.release(&mut hold, by)?;
        if event.is_some() {
            unit.put_hold(hold);
            unit.record(event);
        }
        Ok(Answer::Done)
    }
}
