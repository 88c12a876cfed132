//! What can be asked of seating: one file a command, each a struct, what it touches, its decision.

mod cancel_showing;
mod finish_withdrawal;
mod hold_seats;
mod release_seats;
mod remove_title;
mod reschedule_showing;
mod save_hall;
mod schedule_showing;
mod sell_seats;

pub use self::cancel_showing::CancelShowing;
pub use self::finish_withdrawal::FinishWithdrawal;
pub use self::hold_seats::HoldSeats;
pub use self::release_seats::ReleaseSeats;
pub use self::remove_title::RemoveTitle;
pub use self::reschedule_showing::RescheduleShowing;
pub use self::save_hall::SaveHall;
pub use self::schedule_showing::{ScheduleShowing, Seating};
pub use self::sell_seats::SellSeats;

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_kernel::{BookingId, ShowingId, TitleId};
use uuid::Uuid;

use crate::Error;
use crate::domain::{Hall, HallId, LayoutId, Outcome, SeatName, Showing};
use crate::store::Unit;

/// Everything that changes seating.
#[derive(Clone, Debug)]
pub enum Command {
    /// Keeps a hall.
    SaveHall(SaveHall),
    /// Puts a showing on sale.
    Schedule(ScheduleShowing),
    /// Moves a showing.
    Reschedule(RescheduleShowing),
    /// Cancels a showing.
    Cancel(CancelShowing),
    /// Holds seats for a booking.
    Hold(HoldSeats),
    /// Sells what a booking holds.
    Sell(SellSeats),
    /// Takes back what a booking holds.
    Release(ReleaseSeats),
    /// Takes a title off the programme.
    RemoveTitle(RemoveTitle),
    /// Notes that no showing of a removed title is left.
    FinishWithdrawal(FinishWithdrawal),
}

/// What a command answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The hall as it was saved.
    Hall(Hall),
    /// The showing as it is now.
    Showing(Box<Showing>),
    /// Held, or not.
    Hold(Outcome),
    /// Nobody waits for more than that it is done.
    Done,
}

/// The rows a batch of commands works on, by table.
#[derive(Debug, Default)]
pub struct Touched {
    /// By id.
    pub halls: BTreeSet<HallId>,
    /// By id.
    pub titles: BTreeSet<TitleId>,
    /// Arrangements a command brings along.
    pub layouts: BTreeSet<LayoutId>,
    /// By id.
    pub showings: BTreeSet<ShowingId>,
    /// By their booking.
    pub holds: BTreeSet<BookingId>,
    /// Asked for by name; those of the holds come on top.
    pub seats: BTreeMap<ShowingId, BTreeSet<SeatName>>,
}

// === impl Command ===

impl Command {
    /// Commands about the same thing wait in the same lane.
    pub fn key(&self) -> Uuid {
        match self {
            Self::SaveHall(it) => {
                Uuid::new_v5(&Uuid::NAMESPACE_OID, it.hall.id.as_str().as_bytes())
            }
            Self::Schedule(it) => it.showing_id.0,
            Self::Reschedule(it) => it.showing_id.0,
            Self::Cancel(it) => it.showing_id.0,
            Self::Hold(it) => it.showing_id.0,
            Self::Sell(it) => it.showing_id.0,
            Self::Release(it) => it.showing_id.0,
            Self::RemoveTitle(it) => it.title_id.0,
            Self::FinishWithdrawal(it) => it.title_id.0,
        }
    }

    /// Names what it has to see.
    pub fn touches(&self, rows: &mut Touched) {
        match self {
            Self::SaveHall(it) => it.touches(rows),
            Self::Schedule(it) => it.touches(rows),
            Self::Reschedule(it) => it.touches(rows),
            Self::Cancel(it) => it.touches(rows),
            Self::Hold(it) => it.touches(rows),
            Self::Sell(it) => it.touches(rows),
            Self::Release(it) => it.touches(rows),
            Self::RemoveTitle(it) => it.touches(rows),
            Self::FinishWithdrawal(it) => it.touches(rows),
        }
    }

    /// Decides on what the command before left. A refusal leaves `unit` as it was.
    pub fn decide(&self, unit: &mut Unit) -> Result<Answer, Error> {
        match self {
            Self::SaveHall(it) => it.decide(unit),
            Self::Schedule(it) => it.decide(unit),
            Self::Reschedule(it) => it.decide(unit),
            Self::Cancel(it) => it.decide(unit),
            Self::Hold(it) => it.decide(unit),
            Self::Sell(it) => it.decide(unit),
            Self::Release(it) => it.decide(unit),
            Self::RemoveTitle(it) => it.decide(unit),
            Self::FinishWithdrawal(it) => it.decide(unit),
        }
    }
}

// === impl Answer ===

impl Answer {
    /// The hall, for whoever asked about one.
    pub fn hall(self) -> Result<Hall, Error> {
        match self {
            Self::Hall(hall) => Ok(hall),
            Self::Showing(_) | Self::Hold(_) | Self::Done => Err(Error::Misanswered),
        }
    }

    /// The showing, for whoever asked about one.
    pub fn showing(self) -> Result<Showing, Error> {
        match self {
            Self::Showing(showing) => Ok(*showing),
            Self::Hall(_) | Self::Hold(_) | Self::Done => Err(Error::Misanswered),
        }
    }

    /// What became of a hold, for whoever asked for one.
    pub fn outcome(self) -> Result<Outcome, Error> {
        match self {
            Self::Hold(outcome) => Ok(outcome),
            Self::Hall(_) | Self::Showing(_) | Self::Done => Err(Error::Misanswered),
        }
    }
}
