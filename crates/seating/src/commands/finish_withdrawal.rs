//! Ends the job that a removed title began.

use boxoffice_kernel::TitleId;

use super::{Answer, Touched};
use crate::Error;
use crate::domain::Standing;
use crate::store::Unit;

/// Note that no future showing of a removed title is left.
#[derive(Clone, Debug)]
pub struct FinishWithdrawal {
    /// Which.
    pub title_id: TitleId,
}

// === impl FinishWithdrawal ===

impl FinishWithdrawal {
    pub(super) fn touches(&self, rows: &mut Touched) {
        rows.titles.insert(self.title_id);
    }

    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Answer, Error> {
        match unit.title(self.title_id) {
            Some(Standing::Withdrawing) => unit.put_title(self.title_id, Standing::Withdrawn),
            None | Some(Standing::Current | Standing::Withdrawn) => {}
        }
        Ok(Answer::Done)
    }
}
