//! The gRPC face of review. Each method parses, runs one command or query, renders.

mod parse;
mod render;

use boxoffice_contracts::review::v1 as pb;
use boxoffice_contracts::review::v1::review_service_server::ReviewService;
use boxoffice_runtime::Caller;
use tonic::{Request, Response, Status};

use crate::commands::{Command, DeleteReview};
use crate::{App, queries};

/// Answers `boxoffice.review.v1.ReviewService`.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    /// What it asks.
    pub(crate) app: App,
}

// === impl Grpc ===

#[tonic::async_trait]
impl ReviewService for Grpc {
    async fn create_review(
        &self,
        request: Request<pb::CreateReviewRequest>,
    ) -> Result<Response<pb::CreateReviewResponse>, Status> {
        let command = parse::create_review(&Caller::current(), request.into_inner())?;
        let author = command.customer_id.clone();
        let review = self.app.write(command).await?;
        let review = render::review(review, Some(&author));
        Ok(Response::new(pb::CreateReviewResponse { review: Some(review) }))
    }

    async fn get_review(
        &self,
        request: Request<pb::GetReviewRequest>,
    ) -> Result<Response<pb::GetReviewResponse>, Status> {
        let viewer = parse::viewer(&Caller::current());
        let review_id = parse::review_id(&request.get_ref().review_id)?;
        let review = queries::get(&self.app.db.read, viewer.as_ref(), review_id).await?;
        let review = render::review(review, viewer.as_ref());
        Ok(Response::new(pb::GetReviewResponse { review: Some(review) }))
    }

    async fn list_reviews(
        &self,
        request: Request<pb::ListReviewsRequest>,
    ) -> Result<Response<pb::ListReviewsResponse>, Status> {
        let viewer = parse::viewer(&Caller::current());
        let wanted = parse::list_reviews(request.get_ref())?;
        let reviews = queries::list(&self.app.db.read, &wanted).await?;
        Ok(Response::new(render::reviews(&wanted, reviews, viewer.as_ref())))
    }

    async fn delete_review(
        &self,
        request: Request<pb::DeleteReviewRequest>,
    ) -> Result<Response<pb::DeleteReviewResponse>, Status> {
        let customer_id = Caller::current().customer_id()?;
        let review_id = parse::review_id(&request.get_ref().review_id)?;
        let title_id = queries::title_of(&self.app.db.read, &customer_id, review_id).await?;
        let command = DeleteReview { title_id, review_id, customer_id };
        self.app.lanes.ask(Command::Delete(command)).await?;
        Ok(Response::new(pb::DeleteReviewResponse {}))
    }

    async fn get_rating(
        &self,
        request: Request<pb::GetRatingRequest>,
    ) -> Result<Response<pb::GetRatingResponse>, Status> {
        let title_id = parse::title_id(&request.get_ref().title_id)?;
        let rating = queries::rating(&self.app.db.read, title_id).await?;
        let rating = render::rating(title_id, rating);
        Ok(Response::new(pb::GetRatingResponse { rating: Some(rating) }))
    }
}
