//! What people think of what they saw.

use boxoffice_contracts::review::v1::{
    CreateReviewRequest, DeleteReviewRequest, GetRatingRequest, GetReviewRequest,
    ListReviewsRequest, Rating, Review, ReviewState,
};
use boxoffice_testkit::platform::Context;
use tonic::Status;

use crate::{Person, eventually, id};

// === impl Person: reviews ===

impl Person {
    /// Reviews a title under a fresh request id.
    ///
    /// # Errors
    /// It is refused.
    pub async fn review(&self, title_id: &str, stars: i32, text: &str) -> Result<Review, Status> {
        let request = CreateReviewRequest {
            request_id: id(),
            title_id: title_id.to_owned(),
            stars,
            text: text.to_owned(),
        };
        let answer = self.client(Context::REVIEW).review().create_review(request).await?;
        Ok(answer.into_inner().review.unwrap())
    }

    /// Reads a review.
    ///
    /// # Errors
    /// It is refused.
    pub async fn read_review(&self, review_id: &str) -> Result<Review, Status> {
        let request = GetReviewRequest { review_id: review_id.to_owned() };
        let answer = self.client(Context::REVIEW).review().get_review(request).await?;
        Ok(answer.into_inner().review.unwrap())
    }

    /// Waits until a review is in a state, and returns it.
    ///
    /// # Panics
    /// It does not get there in time.
    pub async fn sees_review(&self, review_id: &str, state: ReviewState) -> Review {
        let what = format!("the review {review_id} is {state:?}");
        eventually(&what, || async {
            self.read_review(review_id).await.ok().filter(|it| it.state() == state)
        })
        .await
    }

    /// Reads what everybody may read of a title, newest first.
    ///
    /// # Errors
    /// It is refused.
    pub async fn reviews(&self, title_id: &str) -> Result<Vec<Review>, Status> {
        let request =
            ListReviewsRequest { title_id: title_id.to_owned(), ..ListReviewsRequest::default() };
        let answer = self.client(Context::REVIEW).review().list_reviews(request).await?;
        Ok(answer.into_inner().reviews)
    }

    /// Deletes a review.
    ///
    /// # Errors
    /// It is refused.
    pub async fn delete_review(&self, review_id: &str) -> Result<(), Status> {
        let request = DeleteReviewRequest { review_id: review_id.to_owned() };
        self.client(Context::REVIEW).review().delete_review(request).await.map(drop)
    }

    /// The rating of a title.
    ///
    /// # Errors
    /// It is refused.
    pub async fn rating(&self, title_id: &str) -> Result<Rating, Status> {
        let request = GetRatingRequest { title_id: title_id.to_owned() };
        let answer = self.client(Context::REVIEW).review().get_rating(request).await?;
        Ok(answer.into_inner().rating.unwrap())
    }

    /// Waits until the programme shows this rating with a title; review has it by then (FR-01, FR-71).
    ///
    /// # Panics
    /// It does not in time, or review says another.
    pub async fn sees_rating(&self, title_id: &str, average: f64, count: i32) {
        let shown = |found: f64| (found - average).abs() < 0.001;
        eventually(&format!("{title_id} has {count} reviews of {average}"), || async {
            let rating = self.title(title_id).await.ok()?.rating.unwrap_or_default();
            (rating.count == i64::from(count) && shown(rating.average)).then_some(())
        })
        .await;
        let rating = self.rating(title_id).await.unwrap();
        assert!(rating.count == count && shown(rating.average), "{rating:?}");
    }
}
