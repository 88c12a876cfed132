//! The rules of streaming. No I/O, no clock, no async: every function is a value in, a value out.

mod event;
mod license;

pub use self::event::{Event, What};
pub use self::license::{Entry, License, Mark, Refusal, State};
