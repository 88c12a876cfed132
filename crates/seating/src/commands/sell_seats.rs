//! Sells what a booking holds: it is confirmed.

use boxoffice_kernel::{BookingId, ShowingId};

use super::{Answer, Touched};
use crate::Error;
use crate::domain::Refusal;
use crate::store::Unit;

/// Sell what a booking holds. Sold already: nothing to do.
#[derive(Clone, Debug)]
pub struct SellSeats {
    /// Whose.
    pub booking_id: BookingId,
    /// Of which showing.
    pub showing_id: ShowingId,
    /// The booking's version that was confirmed.
    pub booking_version: u64,
}

// === impl SellSeats ===

impl SellSeats {
    pub(super) fn touches(&self, rows: &mut Touched) {
        rows.showings.insert(self.showing_id);
        rows.holds.insert(self.booking_id);
    }

    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Answer, Error> {
        let Some(hold) = unit.hold(self.booking_id) else {
            return Err(Refusal::HoldNotFound(self.booking_id).into());
        };
        let mut hold = hold.clone();
        let event = unit.house_mut(self.showing_id)?.sell(&mut hold, self.booking_version)?;
        if event.is_some() {
            unit.put_hold(hold);
            unit.record(event);
        }
        Ok(Answer::Done)
    }
}
