//! The rules that can say no.

/// A rule that said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such number of stars.
    #[error("a review has 1 to 5 stars")]
    Stars,
    /// An essay, not a review.
    #[error("a review has at most 5,000 characters")]
    TextTooLong,
    /// Lines and tabs are fine; other control characters are not.
    #[error("a review has no control characters other than line ends and tabs")]
    TextUnprintable,
    /// One review a customer and title; it can be deleted and written anew.
    #[error("you have reviewed this title already; delete that review to write another")]
    Exists,
    /// Only somebody who was there may say how it was (FR-60).
    #[error("only somebody who attended a showing of this title, or watched it, can review it")]
    NotAttended,
    /// The same `request_id` came with another body (AIP-155).
    #[error("this request_id was used before, for a different request")]
    RequestIdReused,
}
