//! A title was registered or changed.

use boxoffice_kernel::TitleId;

use crate::domain::Title;
use crate::store::Unit;

/// Keeps what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FollowTitle {
    /// Which.
    pub title_id: TitleId,
    /// Its name.
    pub name: String,
    /// The title's version after it.
    pub sequence: u64,
}

// === impl FollowTitle ===

impl FollowTitle {
    pub(super) fn decide(&self, unit: &mut Unit) {
        let id = self.title_id;
        unit.titles
            .get_or_insert(id, || Title::new(id))
            .name
            .hear(self.sequence, self.name.clone());
    }
}
