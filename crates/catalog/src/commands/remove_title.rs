//! FR-02, D-9: an admin takes a title off the programme.

use boxoffice_kernel::TitleId;

use crate::Error;
use crate::domain::Title;
use crate::store::Unit;

/// Take a title off the programme; seating hears of it and cancels its future showings.
#[derive(Clone, Copy, Debug)]
pub struct RemoveTitle {
    /// Which.
    pub title_id: TitleId,
}

// === impl RemoveTitle ===

impl RemoveTitle {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Title, Error> {
        let title = unit.get(self.title_id)?;
        match title.remove(unit.now()) {
            Some(event) => Ok(unit.record(event)),
            None => Ok(title.clone()), // its own effect: the same answer again
        }
    }
}
