//! What events make of my page: one file a command. All may be repeated, in any order.

mod follow_showing;
mod follow_title;
mod record_step;

use uuid::Uuid;

pub(crate) use self::follow_showing::FollowShowing;
pub(crate) use self::follow_title::FollowTitle;
pub(crate) use self::record_step::RecordStep;

use crate::store::Unit;

/// A change of my page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Something happened to a booking.
    Record(RecordStep),
    /// Something is said of a showing.
    Showing(FollowShowing),
    /// Something is said of a title.
    Title(FollowTitle),
}

// === impl Command ===

impl Command {
    /// What it is about.
    pub(crate) fn key(&self) -> Uuid {
        match self {
            Self::Record(command) => command.step.booking_id.0,
            Self::Showing(command) => command.showing_id.0,
            Self::Title(command) => command.title_id.0,
        }
    }

    pub(crate) fn decide(&self, unit: &mut Unit) {
        match self {
            Self::Record(command) => command.decide(unit),
            Self::Showing(command) => command.decide(unit),
            Self::Title(command) => command.decide(unit),
        }
    }
}
