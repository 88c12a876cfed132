//! The rules of the catalog. No I/O, no clock, no async: every function is a value in, a value out.

mod details;
mod event;
mod refusal;
mod title;

pub use self::details::{Changes, Details};
pub use self::event::Event;
pub use self::refusal::Refusal;
pub use self::title::{Kind, Rating, State, Title};
