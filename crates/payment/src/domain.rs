//! The rules of payment. No I/O, no clock, no async: every function is a value in, a value out.

mod account;
mod event;
mod pace;
mod payment;
mod words;

pub use self::account::Account;
pub use self::event::{Event, What};
pub use self::pace::Pace;
pub use self::payment::{Intent, Payment, State, Step};
pub use self::words::{Answer, EXPIRED, Method, Reference, Refusal};
