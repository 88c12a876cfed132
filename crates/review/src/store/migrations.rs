//! Review's tables. A migration that was released is never edited; a change is a new one.

mod m20261121_000001_create_reviews;

pub(crate) use self::m20261121_000001_create_reviews::CreateReviews;
