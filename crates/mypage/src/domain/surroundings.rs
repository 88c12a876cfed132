//! What bookings are of: showings and titles, as far as they are known.

use boxoffice_kernel::{ShowingId, Time, TitleId};

use crate::domain::Latest;

/// A showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Showing {
    /// Which.
    pub id: ShowingId,
    /// Of what, and where; unknown until it is said that it was scheduled.
    pub scheduled: Option<(TitleId, String)>,
    /// When it begins; sequences are the showing's.
    pub starts_at: Latest<Time>,
}

/// A title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// Which.
    pub id: TitleId,
    /// What it is called; sequences are the title's.
    pub name: Latest<String>,
}

// === impl Showing ===

impl Showing {
    /// One of which nothing is known.
    pub fn new(id: ShowingId) -> Self {
        Self { id, scheduled: None, starts_at: Latest::default() }
    }
}

// === impl Title ===

impl Title {
    /// One of which nothing is known.
    pub fn new(id: TitleId) -> Self {
        Self { id, name: Latest::default() }
    }
}
