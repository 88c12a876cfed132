//! FR-01, FR-62: the reviews of a title come to something else.

use boxoffice_kernel::TitleId;

use crate::domain::{Rating, Title};
use crate::store::Unit;

/// Keep what review says its reviews come to, unless something newer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateTitle {
    /// Which.
    pub title_id: TitleId,
    /// As review says.
    pub rating: Rating,
}

// === impl RateTitle ===

impl RateTitle {
    /// A title that is not on the programme, and never was, has nobody to show its rating to.
    pub(super) fn decide(&self, unit: &mut Unit) -> Option<Title> {
        let rated = unit.find(self.title_id)?.rate(self.rating)?;
        Some(unit.keep(rated))
    }
}
