//! Keeps a hall under its name, for showings scheduled from now on.

use std::sync::Arc;

use super::{Answer, Touched};
use crate::Error;
use crate::domain::Hall;
use crate::store::Unit;

/// Keep this hall. Showings that were scheduled in it before keep the layout they have.
#[derive(Clone, Debug)]
pub struct SaveHall {
    /// As it is to be.
    pub hall: Hall,
}

// === impl SaveHall ===

impl SaveHall {
    pub(super) fn touches(&self, rows: &mut Touched) {
        rows.halls.insert(self.hall.id.clone());
        rows.layouts.insert(self.hall.layout.id());
    }

    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Answer, Error> {
        unit.keep_layout(Arc::clone(&self.hall.layout));
        unit.put_hall(self.hall.clone());
        Ok(Answer::Hall(self.hall.clone()))
    }
}
