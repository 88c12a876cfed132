//! An attempt to send a notice is over.

use boxoffice_kernel::NoticeId;

use crate::domain::{Language, Notice, Outcome};
use crate::store::Unit;

/// Takes in what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordOutcome {
    /// Which.
    pub notice_id: NoticeId,
    /// What came of it.
    pub outcome: Outcome,
    /// What the customer reads.
    pub language: Language,
}

// === impl RecordOutcome ===

impl RecordOutcome {
    pub(super) fn decide(self, unit: &mut Unit) -> Option<Notice> {
        let mut notice = unit.find(self.notice_id)?.clone();
        let event = notice.hear(self.outcome, self.language, unit.now);
        Some(unit.keep(notice, event))
    }
}
