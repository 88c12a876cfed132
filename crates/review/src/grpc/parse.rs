//! From the wire: what a request asks for, in words of review.

use boxoffice_contracts::review::v1 as pb;
use boxoffice_contracts::{convert, page};
use boxoffice_kernel::{CustomerId, ReviewId, TitleId, id};
use boxoffice_runtime::Caller;
use prost::Message as _;
use uuid::Uuid;

use crate::Error;
use crate::commands::WriteReview;
use crate::domain::Opinion;
use crate::queries::List;

pub(super) fn create_review(
    caller: &Caller,
    request: pb::CreateReviewRequest,
) -> Result<WriteReview, Error> {
    let customer_id = caller.customer_id()?;
    let request_id = convert::uuid("request_id", &request.request_id)?;
    Ok(WriteReview {
        review_id: ReviewId(id::derived("review", customer_id.as_str(), request_id)),
        request: fingerprint(&request),
        title_id: title_id(&request.title_id)?,
        customer_id,
        opinion: Opinion::new(request.stars, request.text)?,
    })
}

pub(super) fn list_reviews(request: &pb::ListReviewsRequest) -> Result<List, Error> {
    let title_id = title_id(&request.title_id)?;
    let page = page::read(&filters(title_id), request.page_size, &request.page_token)?;
    Ok(List { title_id, page })
}

/// What a page token is good for.
pub(super) fn filters(title_id: TitleId) -> impl serde::Serialize {
    ("ListReviews", title_id)
}

pub(super) fn title_id(text: &str) -> Result<TitleId, Error> {
    Ok(convert::id("title_id", text)?)
}

pub(super) fn review_id(text: &str) -> Result<ReviewId, Error> {
    Ok(convert::id("review_id", text)?)
}

/// Whose own reviews are shown to this caller in any state.
pub(super) fn viewer(caller: &Caller) -> Option<CustomerId> {
    caller.customer_id().ok()
}

/// The same for the same request (AIP-155), however its ids are written.
fn fingerprint(request: &pb::CreateReviewRequest) -> Uuid {
    let said = pb::CreateReviewRequest {
        request_id: String::new(),
        title_id: request.title_id.to_ascii_lowercase(),
        ..request.clone()
    };
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &said.encode_to_vec())
}
