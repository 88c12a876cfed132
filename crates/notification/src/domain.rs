//! The rules of notification. No I/O, no clock, no async: every function is a value in, a value out.

mod contact;
mod event;
mod notice;
mod pace;
mod topic;

pub use self::contact::{Contact, EmailAddress, Language};
pub use self::event::Event;
pub use self::notice::{Notice, Outcome, State};
pub use self::pace::Pace;
pub use self::topic::Topic;
