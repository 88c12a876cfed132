//! A showing was moved or cancelled: every booking of it follows, however many there are. The event
//! saves a job; a timer pages through it, one repeatable command a booking.

use boxoffice_kernel::{BookingId, ShowingId, Time};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Error;
use crate::domain::Booking;
use crate::store::Unit;

/// What all bookings of a showing have to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FanOut {
    /// The id of the event that asked for it.
    pub id: Uuid,
    /// Whose bookings.
    pub showing_id: ShowingId,
    /// What happened.
    pub change: ShowingChange,
    /// Bookings up to and with this id have followed.
    pub cursor: Option<BookingId>,
}

/// What happened to a showing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShowingChange {
    /// It begins at another time (FR-04).
    Moved {
        /// When.
        starts_at: Time,
        /// When it ends then.
        ends_at: Time,
        /// The event's sequence: a newer move is never undone by an older one.
        sequence: u64,
    },
    /// It will not take place (D-9).
    Cancelled,
}

/// Begin a job.
#[derive(Clone, Debug)]
pub struct StartFanOut {
    /// The job.
    pub job: FanOut,
}

/// Note how far a job has come.
#[derive(Clone, Debug)]
pub struct AdvanceFanOut {
    /// Which job.
    pub job_id: Uuid,
    /// The last booking that followed; `None`: all have, and the job is done.
    pub cursor: Option<BookingId>,
}

/// Let one booking follow.
#[derive(Clone, Debug)]
pub struct FollowShowing {
    /// Which booking.
    pub booking_id: BookingId,
    /// What happened to its showing.
    pub change: ShowingChange,
}

// === impl StartFanOut ===

impl StartFanOut {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<(), Error> {
        unit.start_job(self.job.clone());
        Ok(())
    }
}

// === impl AdvanceFanOut ===

impl AdvanceFanOut {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<(), Error> {
        unit.advance_job(self.job_id, self.cursor);
        Ok(())
    }
}

// === impl FollowShowing ===

impl FollowShowing {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.state.is_closed() {
            return Ok(booking);
        }
        match self.change {
            ShowingChange::Cancelled => {
                let event = booking.cancel_with_showing(unit.now)?;
                Ok(unit.put(booking, [event]))
            }
            ShowingChange::Moved { starts_at, ends_at, sequence } => {
                let version = booking.version;
                let event = booking.follow_move(starts_at, ends_at, sequence, unit.now);
                Ok(if booking.version == version { booking } else { unit.put(booking, event) })
            }
        }
    }
}
