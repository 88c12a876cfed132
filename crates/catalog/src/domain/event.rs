//! What catalog says has happened.

use super::Title;

/// A fact about a title, with the title as it is after it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// It was put on the programme.
    Registered(Title),
    /// Its details changed.
    Updated(Title),
    /// It was taken off the programme.
    Removed(Title),
}

// === impl Event ===

impl Event {
    /// The title, as it is now.
    pub fn title(&self) -> &Title {
        match self {
            Self::Registered(title) | Self::Updated(title) | Self::Removed(title) => title,
        }
    }
}
