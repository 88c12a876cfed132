//! Moves a showing (FR-04).

use boxoffice_kernel::ShowingId;

use super::{Answer, Touched};
use crate::Error;
use crate::domain::Slot;
use crate::store::Unit;

/// Move a showing that has not started. To where it is already: nothing changes.
#[derive(Clone, Debug)]
pub struct RescheduleShowing {
    /// Which.
    pub showing_id: ShowingId,
    /// When it is to be.
    pub slot: Slot,
}

// === impl RescheduleShowing ===

impl RescheduleShowing {
    pub(super) fn touches(&self, rows: &mut Touched) {
        rows.showings.insert(self.showing_id);
    }

    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Answer, Error> {
        let now = unit.now();
        let showing = unit.house_mut(self.showing_id)?.showing_mut();
        let event = showing.reschedule(self.slot, now)?;
        let answer = Answer::Showing(Box::new(showing.clone()));
        unit.record(event);
        Ok(answer)
    }
}
