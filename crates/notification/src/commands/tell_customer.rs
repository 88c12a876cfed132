//! Something happened that its customer should know (FR-50–53).

use crate::domain::Notice;
use crate::store::Unit;

/// Keeps a notice to be sent, unless it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TellCustomer {
    /// What is told, and whom.
    pub notice: Notice,
}

// === impl TellCustomer ===

impl TellCustomer {
    pub(super) fn decide(&self, unit: &mut Unit) -> Option<Notice> {
        if unit.find(self.notice.id).is_some() {
            return None;
        }
        Some(unit.keep(self.notice.clone(), None))
    }
}
