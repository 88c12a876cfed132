//! A worker takes a notice in hand: moved forward, its next attempt is a lease.

use boxoffice_kernel::NoticeId;

use crate::domain::Notice;
use crate::store::Unit;

/// Takes a notice that is due, unless another replica has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClaimNotice {
    /// Which.
    pub notice_id: NoticeId,
}

// === impl ClaimNotice ===

impl ClaimNotice {
    pub(super) fn decide(self, unit: &mut Unit) -> Option<Notice> {
        let mut notice = unit.find(self.notice_id)?.clone();
        notice.claim(&unit.pace, unit.now).then(|| unit.keep(notice, None))
    }
}
