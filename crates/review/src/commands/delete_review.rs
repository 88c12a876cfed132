//! FR-62: an author deletes their review, and the average follows.

use boxoffice_kernel::{CustomerId, ReviewId, TitleId};

use crate::Error;
use crate::domain::Review;
use crate::store::Unit;

/// Take a review back; nobody's but one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeleteReview {
    /// Of which title.
    pub title_id: TitleId,
    /// Which.
    pub review_id: ReviewId,
    /// Who asks.
    pub customer_id: CustomerId,
}

// === impl DeleteReview ===

impl DeleteReview {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Review, Error> {
        let now = unit.now;
        let review = unit.review(self.review_id).filter(|it| it.customer_id == self.customer_id);
        let review = review.ok_or(Error::NotFound(self.review_id))?.clone();
        match review.remove(unit.rating(review.title_id), now) {
            Some((removed, event)) => Ok(unit.record(removed, event)),
            None => Ok(review), // its own effect: the same answer again
        }
    }
}
