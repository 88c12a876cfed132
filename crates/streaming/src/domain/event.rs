//! What streaming says: facts, in the past tense.

use crate::domain::License;

/// A fact about one licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// As it is after it.
    pub license: License,
    /// What happened.
    pub what: What,
}

/// What happened to a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The customer may watch the title.
    Granted,
    /// They did, for the first time.
    Watched,
    /// They may not, or not any more.
    Revoked,
}
