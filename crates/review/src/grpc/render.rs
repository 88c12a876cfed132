//! To the wire. Who wrote a review is shown to its author only.

use boxoffice_contracts::review::v1 as pb;
use boxoffice_contracts::{convert, page};
use boxoffice_kernel::{CustomerId, TitleId};

use super::parse;
use crate::domain::{Rating, Review, State};
use crate::queries::{List, Reviews};

pub(super) fn review(review: Review, viewer: Option<&CustomerId>) -> pb::Review {
    let own = viewer == Some(&review.customer_id);
    pb::Review {
        review_id: review.id.to_string(),
        title_id: review.title_id.to_string(),
        customer_id: if own { review.customer_id.to_string() } else { String::new() },
        stars: review.opinion.stars.into(),
        text: review.opinion.text,
        state: state(review.state).into(),
        create_time: Some(convert::timestamp(review.created_at)),
    }
}

pub(super) fn reviews(
    list: &List,
    found: Reviews,
    viewer: Option<&CustomerId>,
) -> pb::ListReviewsResponse {
    let next = found.next.map(|last| page::token(&parse::filters(list.title_id), &last));
    pb::ListReviewsResponse {
        reviews: found.reviews.into_iter().map(|it| review(it, viewer)).collect(),
        next_page_token: next.unwrap_or_default(),
    }
}

pub(super) fn rating(title_id: TitleId, rating: Rating) -> pb::Rating {
    pb::Rating {
        title_id: title_id.to_string(),
        average: rating.average(),
        count: i32::try_from(rating.count).unwrap_or(i32::MAX),
    }
}

fn state(state: State) -> pb::ReviewState {
    match state {
        State::Pending => pb::ReviewState::Pending,
        State::Published => pb::ReviewState::Published,
        State::Rejected => pb::ReviewState::Rejected,
        State::Removed => pb::ReviewState::Removed,
    }
}
