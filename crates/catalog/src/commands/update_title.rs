//! FR-06: an admin edits a title.

use boxoffice_kernel::TitleId;

use crate::Error;
use crate::domain::{Changes, Title};
use crate::store::Unit;

/// Change some details of a title.
#[derive(Clone, Debug)]
pub struct UpdateTitle {
    /// Which.
    pub title_id: TitleId,
    /// What changes; the rest stays.
    pub changes: Changes,
}

// === impl UpdateTitle ===

impl UpdateTitle {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Title, Error> {
        let title = unit.get(self.title_id)?;
        match title.update(self.changes.clone(), unit.now())? {
            Some(event) => Ok(unit.record(event)),
            None => Ok(title.clone()),
        }
    }
}
