//! What review says has happened.

use super::{Rating, Review};

/// A fact about one review, with what it makes of its title's rating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub what: What,
    /// The review, as it is after it.
    pub review: Review,
    /// The rating of its title, after it.
    pub rating: Rating,
}

/// What happened to a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It counts from now on.
    Published,
    /// It counts no more.
    Removed,
}
