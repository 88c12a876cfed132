//! Review's published language: the only place where its events meet protobuf. The text of a
//! review stays here.

use boxoffice_contracts::review::v1 as pb;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use prost::Name;

use crate::domain::{Event, What};

/// Makes the message that says `event` to whoever listens.
pub(crate) fn encode(event: &Event) -> Message {
    let Event { what, review, rating } = event;
    let review_id = review.id.to_string();
    let title_id = review.title_id.to_string();
    let customer_id = review.customer_id.to_string();
    let stars_total = rating.stars_total.cast_signed();
    let count = i32::try_from(rating.count).unwrap_or(i32::MAX);
    let rating_version = rating.version.cast_signed();
    match what {
        What::Published => say(
            event,
            &pb::ReviewPublished {
                review_id,
                title_id,
                customer_id,
                stars: review.opinion.stars.into(),
                stars_total,
                count,
                rating_version,
            },
        ),
        What::Removed => say(
            event,
            &pb::ReviewRemoved {
                review_id,
                title_id,
                customer_id,
                stars_total,
                count,
                rating_version,
            },
        ),
    }
}

/// About the review, which is a case of its own (NFR-15).
fn say<M: Name>(Event { review, .. }: &Event, said: &M) -> Message {
    Message::new(
        Context::REVIEW,
        M::full_name(),
        review.id.0,
        review.version,
        review.id.0,
        review.updated_at,
        said.encode_to_vec(),
    )
}
