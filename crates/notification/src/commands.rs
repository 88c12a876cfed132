//! What can be asked of notification: one file a command, each a struct and its decision.

mod claim_notice;
mod record_outcome;
mod tell_customer;

use boxoffice_kernel::NoticeId;

pub(crate) use self::claim_notice::ClaimNotice;
pub(crate) use self::record_outcome::RecordOutcome;
pub(crate) use self::tell_customer::TellCustomer;

use crate::domain::Notice;
use crate::store::Unit;

/// A change of notification. All of them may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Something happened that its customer should know.
    Tell(TellCustomer),
    /// A worker takes a notice in hand.
    Claim(ClaimNotice),
    /// An attempt to send it is over.
    Record(RecordOutcome),
}

// === impl Command ===

impl Command {
    /// The notice it is about.
    pub(crate) fn notice_id(&self) -> NoticeId {
        match self {
            Self::Tell(command) => command.notice.id,
            Self::Claim(command) => command.notice_id,
            Self::Record(command) => command.notice_id,
        }
    }

    /// The notice as it is afterwards; `None`: there was nothing to do.
    pub(crate) fn decide(&self, unit: &mut Unit) -> Option<Notice> {
        match self {
            Self::Tell(command) => command.decide(unit),
            Self::Claim(command) => command.decide(unit),
            Self::Record(command) => command.decide(unit),
        }
    }
}
