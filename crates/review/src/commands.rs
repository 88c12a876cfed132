//! What can be asked of review: one file a command, each a struct and its decision.

mod claim_review;
mod delete_review;
mod settle_review;
mod write_review;

use boxoffice_kernel::{ReviewId, TitleId};

pub(crate) use self::claim_review::ClaimReview;
pub(crate) use self::delete_review::DeleteReview;
pub(crate) use self::settle_review::SettleReview;
pub(crate) use self::write_review::WriteReview;

use crate::Error;
use crate::domain::Review;
use crate::store::Unit;

/// A change of review. All of them may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Somebody writes one.
    Write(WriteReview),
    /// A worker takes one in hand.
    Claim(ClaimReview),
    /// Booking answered.
    Settle(SettleReview),
    /// Its author deletes it.
    Delete(DeleteReview),
}

// === impl Command ===

impl Command {
    /// All commands about one title share a lane, so that its rating is locked once a batch.
    pub(crate) fn title_id(&self) -> TitleId {
        match self {
            Self::Write(command) => command.title_id,
            Self::Claim(command) => command.title_id,
            Self::Settle(command) => command.title_id,
            Self::Delete(command) => command.title_id,
        }
    }

    /// The review it is about.
    pub(crate) fn review_id(&self) -> ReviewId {
        match self {
            Self::Write(command) => command.review_id,
            Self::Claim(command) => command.review_id,
            Self::Settle(command) => command.review_id,
            Self::Delete(command) => command.review_id,
        }
    }

    /// Whether it may change its title's rating.
    pub(crate) fn rates(&self) -> bool {
        match self {
            Self::Settle(_) | Self::Delete(_) => true,
            Self::Write(_) | Self::Claim(_) => false,
        }
    }

    /// The review as it is afterwards; `None`: there is none, or nothing was to be done.
    pub(crate) fn decide(&self, unit: &mut Unit) -> Result<Option<Review>, Error> {
        match self {
            Self::Write(command) => command.decide(unit).map(Some),
            Self::Claim(command) => Ok(command.decide(unit)),
            Self::Settle(command) => Ok(command.decide(unit)),
            Self::Delete(command) => command.decide(unit).map(Some),
        }
    }
}
