//! The rules of booking. No I/O, no clock, no async: every function is a value in, a value out.

mod booking;
mod cancelling;
mod decisions;
mod event;
mod item;
mod not_for_sale;
mod payment;

pub use self::booking::{
    Booking, Contact, Fulfilment, Holding, Rejection, Request, Shown, State, Terms,
};
pub use self::decisions::Refusal;
pub use self::event::Event;
pub use self::item::{BookedSeat, Item, SeatName, Unsound};
pub use self::not_for_sale::NotForSale;
pub use self::payment::{Attempt, Outcome, Phase};
