//! The rules of delivery. No I/O, no clock, no async: every function is a value in, a value out.

mod delivery;
mod event;
mod order;
mod pace;
mod parcel;
mod refusal;
mod ticket;

pub use self::delivery::{Delivery, Method, Outcome, State, Step, delivery_of};
pub use self::event::{Event, What};
pub use self::order::{Ending, Order, Places, Wish};
pub use self::pace::Pace;
pub use self::parcel::{Contact, Parcel};
pub use self::refusal::Refusal;
pub use self::ticket::Ticket;
