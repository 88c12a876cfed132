//! Booking said whether the author was there: the review counts, or never will (D-4, NFR-08).

use boxoffice_kernel::{ReviewId, TitleId};

use crate::domain::{Review, State};
use crate::store::Unit;

/// Takes in what booking said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SettleReview {
    /// Of which title.
    pub title_id: TitleId,
    /// Which.
    pub review_id: ReviewId,
    /// Whether its author was there.
    pub attended: bool,
    /// Whether its author waits for the answer: then nothing is kept of what is refused, unless
    /// somebody was told that it is pending.
    pub in_call: bool,
}

// === impl SettleReview ===

impl SettleReview {
    pub(super) fn decide(self, unit: &mut Unit) -> Option<Review> {
        let now = unit.now;
        let review = unit.review(self.review_id)?.clone();
        let settled = review.settle(self.attended, unit.rating(review.title_id), now);
        let Some((settled, event)) = settled else { return Some(review) };
        if settled.state == State::Rejected && self.in_call && review.attempts == 0 {
            unit.withdraw(self.review_id);
            return None;
        }
        Some(unit.record(settled, event))
    }
}
