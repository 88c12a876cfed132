//! Takes a title off the programme (D-9).

use boxoffice_kernel::TitleId;

use super::{Answer, Touched};
use crate::Error;
use crate::domain::Standing;
use crate::store::Unit;

/// Schedule no more showings of a title, and cancel the future ones: that is a job for later, since
/// there may be thousands of them.
#[derive(Clone, Debug)]
pub struct RemoveTitle {
    /// Which.
    pub title_id: TitleId,
}

// === impl RemoveTitle ===

impl RemoveTitle {
    pub(super) fn touches(&self, rows: &mut Touched) {
        rows.titles.insert(self.title_id);
    }

    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Answer, Error> {
        match unit.title(self.title_id) {
            None | Some(Standing::Current) => unit.put_title(self.title_id, Standing::Withdrawing),
            Some(Standing::Withdrawing | Standing::Withdrawn) => {}
        }
        Ok(Answer::Done)
    }
}
