//! Cancels a showing (D-9).

use boxoffice_kernel::ShowingId;

use super::{Answer, Touched};
use crate::Error;
use crate::store::Unit;

/// Cancel a showing that has not started. A second time it answers as the first time.
#[derive(Clone, Debug)]
pub struct CancelShowing {
    /// Which.
    pub showing_id: ShowingId,
}

// === impl CancelShowing ===

impl CancelShowing {
    pub(super) fn touches(&self, rows: &mut Touched) {
        rows.showings.insert(self.showing_id);
    }

    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Answer, Error> {
        let now = unit.now();
        let showing = unit.house_mut(self.showing_id)?.showing_mut();
        let event = showing.cancel(now)?;
        let answer = Answer::Showing(Box::new(showing.clone()));
        unit.record(event);
        Ok(answer)
    }
}
