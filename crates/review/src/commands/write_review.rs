//! FR-60: somebody reviews a title. The intent is saved before booking is asked.

use boxoffice_kernel::{CustomerId, ReviewId, TitleId};
use uuid::Uuid;

use crate::Error;
use crate::domain::{Opinion, Refusal, Review};
use crate::store::Unit;

/// Keep a review, to be published when booking says that its author was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WriteReview {
    /// Derived from author and `request_id`, so that a retry finds the first attempt.
    pub review_id: ReviewId,
    /// Fingerprint of what was asked.
    pub request: Uuid,
    /// Of what.
    pub title_id: TitleId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What they think.
    pub opinion: Opinion,
}

// === impl WriteReview ===

impl WriteReview {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Review, Error> {
        let (pace, now) = (unit.pace, unit.now);
        if let Some(earlier) = unit.review(self.review_id) {
            if earlier.request != self.request {
                return Err(Refusal::RequestIdReused.into());
            }
            let mut review = earlier.clone();
            if review.next_attempt_at.is_some() {
                review.attempt(&pace, now);
                return Ok(unit.record(review, None));
            }
            return Ok(review); // its own effect: the same answer again
        }
        if unit.has_live(self.title_id, &self.customer_id) {
            return Err(Refusal::Exists.into());
        }
        let whose = (self.title_id, self.customer_id.clone());
        let (first, opinion) = (pace.again_at(0, now), self.opinion.clone());
        let review = Review::write(self.review_id, self.request, whose, opinion, first, now);
        Ok(unit.record(review, None))
    }
}
