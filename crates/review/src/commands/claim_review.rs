//! A worker takes a review in hand: moved forward, its next attempt is a lease.

use boxoffice_kernel::{ReviewId, TitleId};

use crate::domain::Review;
use crate::store::Unit;

/// Takes a review that is due, unless another replica has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClaimReview {
    /// Of which title.
    pub title_id: TitleId,
    /// Which.
    pub review_id: ReviewId,
}

// === impl ClaimReview ===

impl ClaimReview {
    pub(super) fn decide(self, unit: &mut Unit) -> Option<Review> {
        let (pace, now) = (unit.pace, unit.now);
        let mut review = unit.review(self.review_id).filter(|it| it.is_due(now))?.clone();
        review.attempt(&pace, now);
        Some(unit.record(review, None))
    }
}
