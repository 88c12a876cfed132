//! A showing was scheduled or moved.

use boxoffice_kernel::{ShowingId, Time, TitleId};

use crate::domain::Showing;
use crate::store::Unit;

/// Keeps what a view of its bookings shows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FollowShowing {
    /// Which.
    pub showing_id: ShowingId,
    /// Of what, and where, if the event says so.
    pub scheduled: Option<(TitleId, String)>,
    /// When it begins.
    pub starts_at: Time,
    /// The showing's version after it.
    pub sequence: u64,
}

// === impl FollowShowing ===

impl FollowShowing {
    pub(super) fn decide(&self, unit: &mut Unit) {
        let id = self.showing_id;
        let showing = unit.showings.get_or_insert(id, || Showing::new(id));
        if showing.scheduled.is_none() {
            showing.scheduled.clone_from(&self.scheduled);
        }
        showing.starts_at.hear(self.sequence, self.starts_at);
    }
}
