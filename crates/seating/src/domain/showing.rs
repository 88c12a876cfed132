//! Showings: one performance or screening, and how many of its seats are gone.

use boxoffice_kernel::{ShowingId, Time, TitleId};
use uuid::Uuid;

use super::{Admission, Event, Refusal, Slot, What};

/// One performance or screening.
///
/// ```text
/// Scheduled ──cancel, before it starts──▶ Cancelled
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Showing {
    /// Its id.
    pub id: ShowingId,
    /// What is shown.
    pub title_id: TitleId,
    /// Where, as printed on a ticket.
    pub venue: String,
    /// When.
    pub slot: Slot,
    /// Whether it takes place.
    pub state: ShowingState,
    /// How people are let in.
    pub admission: Admission,
    /// Seats held for bookings that are not paid yet.
    pub held: u32,
    /// Seats of confirmed bookings.
    pub sold: u32,
    /// One more with every change, whether of the showing or of one of its seats.
    pub version: u64,
    /// What was asked when it was scheduled, to tell a repetition from another request.
    pub fingerprint: Uuid,
    /// When it was scheduled.
    pub created_at: Time,
}

/// Whether a showing takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShowingState {
    /// It does, unless it is cancelled.
    Scheduled,
    /// It does not.
    Cancelled,
}

// === impl Showing ===

impl Showing {
    /// Seats that are neither held nor sold.
    pub fn seats_left(&self) -> u32 {
        self.admission.capacity().saturating_sub(self.held + self.sold)
    }

    /// What is said when it was just put on sale.
    pub fn scheduled(&self) -> Event {
        self.event(What::Scheduled {
            title_id: self.title_id,
            venue: self.venue.clone(),
            slot: self.slot,
            capacity: self.admission.capacity(),
        })
    }

    /// Moves it (FR-04). To where it is already, nothing is said.
    pub fn reschedule(&mut self, slot: Slot, now: Time) -> Result<Option<Event>, Refusal> {
        match self.state {
            ShowingState::Cancelled => return Err(Refusal::ShowingCancelled(self.id)),
            ShowingState::Scheduled if self.slot == slot => return Ok(None),
            ShowingState::Scheduled => self.not_started(now)?,
        }
        slot.not_past(now)?;
        let previous_start = self.slot.start();
        self.slot = slot;
        self.version += 1;
        Ok(Some(self.event(What::Rescheduled { previous_start, slot })))
    }

    /// Cancels it (D-9). A second time, nothing is said. Its seats stay with their bookings, until
    /// booking closes those.
    pub fn cancel(&mut self, now: Time) -> Result<Option<Event>, Refusal> {
        match self.state {
            ShowingState::Cancelled => return Ok(None),
            ShowingState::Scheduled => self.not_started(now)?,
        }
        self.state = ShowingState::Cancelled;
        self.version += 1;
        Ok(Some(self.event(What::Cancelled)))
    }

    /// Refuses to sell what cannot be attended.
    pub(super) fn on_sale(&self, now: Time) -> Result<(), Refusal> {
        match self.state {
            ShowingState::Cancelled => Err(Refusal::ShowingCancelled(self.id)),
            ShowingState::Scheduled => self.not_started(now),
        }
    }

    fn not_started(&self, now: Time) -> Result<(), Refusal> {
        if self.slot.started(now) { Err(Refusal::ShowingStarted(self.id)) } else { Ok(()) }
    }

    pub(super) fn event(&self, what: What) -> Event {
        Event { showing_id: self.id, version: self.version, what }
    }
}
