//! Halls: layouts with a name, used by many showings.

use std::fmt;
use std::sync::Arc;

use super::{Flaw, Layout};

/// A hall whose seats have names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hall {
    /// Its id.
    pub id: HallId,
    /// The venue and hall as printed on a ticket.
    pub name: String,
    /// How its seats lie.
    pub layout: Arc<Layout>,
}

/// A hall's lower-case name, such as `grand-theatre`: 1–64 of a–z, 0–9 and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HallId(Arc<str>);

// === impl HallId ===

impl HallId {
    /// Checks the spelling.
    pub fn new(id: &str) -> Result<Self, Flaw> {
        let spelled =
            id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        if !spelled || id.starts_with('-') || !(1..=64).contains(&id.len()) {
            return Err(Flaw::HallId);
        }
        Ok(Self(id.into()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
