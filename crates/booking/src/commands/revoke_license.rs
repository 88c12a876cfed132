//! What became of the wish to cancel a title to watch: its licence is revoked, was watched, or nobody knows.

use boxoffice_kernel::{BookingId, Time};

use crate::Error;
use crate::domain::{Booking, State};
use crate::store::Unit;

/// The licence is revoked, whether the call learned it or an event told it.
#[derive(Clone, Debug)]
pub struct FinishCancelling {
    /// Of which booking.
    pub booking_id: BookingId,
}

/// The licence is not revoked, or nobody has heard that it is: the intent to cancel is withdrawn.
#[derive(Clone, Debug)]
pub struct KeepBooking {
    /// Which.
    pub booking_id: BookingId,
}

/// The title was watched.
#[derive(Clone, Debug)]
pub struct NoteWatched {
    /// Under which booking.
    pub booking_id: BookingId,
    /// When; `None`: before now.
    pub watched_at: Option<Time>,
}

// === impl FinishCancelling ===

impl FinishCancelling {
    /// For a booking that is closed anyway nothing is to be done.
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.state.is_closed() {
            return Ok(booking);
        }
        let event = booking.finish_cancelling(unit.now)?;
        Ok(unit.put(booking, [event]))
    }
}

// === impl KeepBooking ===

impl KeepBooking {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.state != State::Cancelling {
            return Ok(booking); // another call for it learned more
        }
        booking.keep(unit.now)?;
        Ok(unit.put(booking, []))
    }
}

// === impl NoteWatched ===

impl NoteWatched {
    /// Whoever is cancelling it just now is told by streaming.
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Booking, Error> {
        let mut booking = unit.get(self.booking_id)?.clone();
        if booking.watched_at.is_none() && !booking.state.is_closed() {
            booking.note_watched(self.watched_at.unwrap_or(unit.now), unit.now);
            if booking.state == State::Cancelling {
                booking.keep(unit.now)?;
            }
            return Ok(unit.put(booking, []));
        }
        Ok(booking)
    }
}
