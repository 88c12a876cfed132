//! Seat maps, and those who watch them.
//!
//! A board is what one showing's seat map looks like. Watchers of the same showing share one, and
//! one task brings all boards up to date from the store, so it makes no difference which replica
//! made a change, nor how many are watching.

mod board;
mod resume;
mod watchers;

pub use self::board::{Board, SeatState, Shown};
pub use self::resume::ResumeToken;
pub use self::watchers::{Look, Nudge, Watch, Watchers};
