//! The rules of reviews. No I/O, no clock, no async: every function is a value in, a value out.

mod event;
mod opinion;
mod pace;
mod rating;
mod refusal;
mod review;

pub use self::event::{Event, What};
pub use self::opinion::Opinion;
pub use self::pace::Pace;
pub use self::rating::Rating;
pub use self::refusal::Refusal;
pub use self::review::{Review, State};
