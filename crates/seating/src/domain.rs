//! The rules of seating. No I/O, no clock, no async: every function is a value in, a value out.

mod admission;
mod ask;
mod event;
mod hall;
mod hold;
mod house;
mod layout;
mod refusal;
mod seat;
mod showing;
mod slot;
mod title;

pub use self::admission::{Admission, GENERAL, MAX_CAPACITY, Prices};
pub use self::ask::{Ask, MAX_ASKED};
pub use self::event::{Claimed, Event, What};
pub use self::hall::{Hall, HallId};
pub use self::hold::{Hold, HoldState};
pub use self::house::{Granted, HeldSeat, HeldSeats, House, Outcome, Unavailable};
pub use self::layout::{Layout, LayoutId, MAX_SEATS, Place, Row};
pub use self::refusal::{Flaw, Refusal};
pub use self::seat::{Claim, Seat, SeatName};
pub use self::showing::{Showing, ShowingState};
pub use self::slot::Slot;
pub use self::title::Standing;
