//! How a booking ends early, what a moved showing and a watched title do to it.

use boxoffice_kernel::Time;

use crate::domain::{Booking, Event, Refusal, State, Terms};

// === impl Booking: cancelling ===

impl Booking {
    /// The customer does not want it any more (FR-40, FR-41). `None`: a paid title to watch, of which only the intent is
    /// saved until its licence is revoked.
    pub fn cancel(&mut self, terms: &Terms, now: Time) -> Result<Option<Event>, Refusal> {
        if self.state == State::Confirmed {
            if self.watched_at.is_some() {
                return Err(Refusal::Watched);
            }
            if self.starts_at.is_some_and(|start| start <= now) {
                return Err(Refusal::TooLateToCancel);
            }
            if self.item.home_movie().is_some() {
                self.state = State::Cancelling;
                self.next_step_at = Some(now + terms.step);
                self.touch(now);
                return Ok(None);
            }
        }
        let open = [State::Placed, State::AwaitingPayment, State::Confirmed];
        self.end_by_cancelling(&open, false, now).map(Some)
    }

    /// Its licence is revoked: nothing is left to be cancelled but the booking itself. Also where the intent had been
    /// withdrawn, because nobody had heard of the revocation.
    pub fn finish_cancelling(&mut self, now: Time) -> Result<Event, Refusal> {
        self.end_by_cancelling(&[State::Cancelling, State::Confirmed], false, now)
    }

    /// Its licence is not revoked, and it stands.
    pub fn keep(&mut self, now: Time) -> Result<(), Refusal> {
        self.step(&[State::Cancelling], State::Confirmed, "kept")?;
        self.next_step_at = None;
        self.touch(now);
        Ok(())
    }

    /// Its title was watched: from now on it cannot be cancelled.
    pub fn note_watched(&mut self, at: Time, now: Time) {
        self.watched_at = Some(at);
        self.touch(now);
    }

    /// Its showing does not take place (D-9).
    pub fn cancel_with_showing(&mut self, now: Time) -> Result<Event, Refusal> {
        let open = [State::Placed, State::AwaitingPayment, State::Confirmed];
        self.end_by_cancelling(&open, true, now)
    }

    /// Its showing was moved. An older move never undoes a newer one.
    pub fn follow_move(
        &mut self,
        starts_at: Time,
        ends_at: Time,
        sequence: u64,
        now: Time,
    ) -> Option<Event> {
        if self.state.is_closed() || self.moved_by.is_some_and(|newest| newest >= sequence) {
            return None;
        }
        let previous = self.starts_at.replace(starts_at);
        self.ends_at = Some(ends_at);
        self.moved_by = Some(sequence);
        self.touch(now);
        previous.map(|previous| Event::Rescheduled { previous, starts_at })
    }

    fn end_by_cancelling(
        &mut self,
        open: &[State],
        showing_cancelled: bool,
        now: Time,
    ) -> Result<Event, Refusal> {
        self.step(open, State::Cancelled, "cancelled")?;
        self.next_step_at = None;
        self.touch(now);
        Ok(Event::Cancelled { showing_cancelled })
    }
}
