//! What may happen to a booking, and what it then says.

use boxoffice_kernel::{PaymentId, Time};

use crate::domain::{
    Attempt, Booking, Event, Holding, Outcome, Phase, Rejection, Request, State, Terms,
};

/// A rule that said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The same `request_id` with another body.
    #[error("this request id was used for a different request; choose a new one")]
    RequestIdReused,
    /// It cannot go there from here.
    #[error("a booking that is {from:?} cannot be {to}")]
    WrongState {
        /// Where it stands.
        from: State,
        /// What was asked.
        to: &'static str,
    },
    /// It has started (FR-41).
    #[error("the showing has started; it is too late to cancel")]
    TooLateToCancel,
    /// The hold is over.
    #[error("the seats are not held any more; book again")]
    HoldOver,
    /// Enough is enough.
    #[error("this booking was declined {0} times; book again with another payment method")]
    TooManyAttempts(usize),
    /// Money for an attempt that this booking never made.
    #[error("payment {0} is not an attempt of this booking")]
    UnknownAttempt(PaymentId),
}

/// Attempts to pay one booking, at most.
const MOST_ATTEMPTS: usize = 20;

// === impl Booking: one method a decision ===

impl Booking {
    /// Step 1: the intent, before anybody is called (rule 1).
    pub fn place(request: Request, terms: &Terms, now: Time) -> (Self, Event) {
        let event = Event::Placed { item: request.item.clone() };
        let booking = Self {
            id: request.id,
            customer_id: request.customer_id,
            fingerprint: request.fingerprint,
            item: request.item,
            fulfilment: request.fulfilment,
            contact: request.contact,
            method: request.method,
            state: State::Placed,
            holding: None,
            starts_at: None,
            moved_by: None,
            attempts: Vec::new(),
            rejection: None,
            placed_at: now,
            updated_at: now,
            next_step_at: Some(now + terms.step),
            version: 1,
        };
        (booking, event)
    }

    /// Step 3: the seats are held; with a method given, the attempt to pay begins.
    pub fn await_payment(
        &mut self,
        holding: Holding,
        starts_at: Option<Time>,
        attempt: Option<PaymentId>,
        terms: &Terms,
        now: Time,
    ) -> Result<(), Refusal> {
        self.step(&[State::Placed], State::AwaitingPayment, "held")?;
        self.next_step_at = Some(holding.expires_at);
        self.holding = Some(holding);
        if self.moved_by.is_none() {
            self.starts_at = starts_at;
        }
        if let (Some(id), Some(method)) = (attempt, self.method.take()) {
            self.attempts.push(Attempt::begin(id, method, true, now));
            self.next_step_at = Some(now + terms.payment + terms.step);
        }
        self.touch(now);
        Ok(())
    }

    /// Step 3, later: another attempt to pay.
    pub fn begin_payment(
        &mut self,
        id: PaymentId,
        method: &str,
        terms: &Terms,
        now: Time,
    ) -> Result<(), Refusal> {
        let Some(holding) = self.holding.as_ref().filter(|_| self.state == State::AwaitingPayment)
        else {
            return Err(Refusal::WrongState { from: self.state, to: "paid" });
        };
        if now >= holding.expires_at {
            return Err(Refusal::HoldOver);
        }
        if self.attempts.len() >= MOST_ATTEMPTS {
            return Err(Refusal::TooManyAttempts(self.attempts.len()));
        }
        self.attempts.push(Attempt::begin(id, method.to_owned(), false, now));
        self.next_step_at = Some(now + terms.payment + terms.step);
        self.touch(now);
        Ok(())
    }

    /// Step 5: the money is there. Also for an attempt begun in time whose hold has just run out.
    pub fn confirm(&mut self, id: PaymentId, now: Time) -> Result<Event, Refusal> {
        let (holding, attempt) = self.open_attempt(id, "confirmed")?;
        attempt.outcome = Outcome::Approved;
        let amount = holding.amount;
        self.step(&[State::AwaitingPayment], State::Confirmed, "confirmed")?;
        self.next_step_at = None;
        self.touch(now);
        Ok(Event::Confirmed {
            item: self.item.clone(),
            payment_id: id,
            amount,
            fulfilment: self.fulfilment,
            starts_at: self.starts_at,
        })
    }

    /// Step 5, the other way: rejects if the placing call is still settling it, else leaves the
    /// hold for another method.
    pub fn decline(
        &mut self,
        id: PaymentId,
        provider_reason: &str,
        now: Time,
    ) -> Result<Option<Event>, Refusal> {
        let (holding, attempt) = self.open_attempt(id, "declined")?;
        attempt.outcome = Outcome::Declined(provider_reason.to_owned());
        let (expires_at, ends_it) =
            (holding.expires_at, attempt.placing && attempt.phase == Phase::InCall);
        if ends_it {
            let provider_reason = provider_reason.to_owned();
            return self.reject(Rejection::PaymentDeclined { provider_reason }, now).map(Some);
        }
        self.next_step_at = Some(expires_at);
        self.touch(now);
        Ok(None)
    }

    /// The call gave up on its attempt: payment settles it when it can.
    pub fn request_payment(&mut self, id: PaymentId, now: Time) -> Result<Event, Refusal> {
        let (holding, attempt) = self.open_attempt(id, "requested")?;
        attempt.phase = Phase::Requested;
        let event = Event::PaymentRequested {
            payment_id: id,
            method: attempt.method.clone(),
            amount: holding.amount,
            expires_at: holding.expires_at,
        };
        self.next_step_at = Some(holding.expires_at);
        self.touch(now);
        Ok(event)
    }

    /// It does not come about.
    pub fn reject(&mut self, rejection: Rejection, now: Time) -> Result<Event, Refusal> {
        self.step(&[State::Placed, State::AwaitingPayment], State::Rejected, "rejected")?;
        self.rejection = Some(rejection.clone());
        self.next_step_at = None;
        self.touch(now);
        Ok(Event::Rejected { rejection })
    }

    /// The deadline has passed. Only booking says so (rule 2).
    pub fn expire(&mut self, now: Time) -> Result<Event, Refusal> {
        self.step(&[State::AwaitingPayment], State::Expired, "expired")?;
        self.next_step_at = None;
        self.touch(now);
        Ok(Event::Expired)
    }

    /// The customer does not want it any more (FR-40, FR-41).
    pub fn cancel(&mut self, now: Time) -> Result<Event, Refusal> {
        if self.state == State::Confirmed && self.starts_at.is_some_and(|start| start <= now) {
            return Err(Refusal::TooLateToCancel);
        }
        self.end_by_cancelling(false, now)
    }

    /// Its showing does not take place (D-9).
    pub fn cancel_with_showing(&mut self, now: Time) -> Result<Event, Refusal> {
        self.end_by_cancelling(true, now)
    }

    /// Its showing was moved. An older move never undoes a newer one.
    pub fn follow_move(&mut self, starts_at: Time, sequence: u64, now: Time) -> Option<Event> {
        if self.state.is_closed() || self.moved_by.is_some_and(|newest| newest >= sequence) {
            return None;
        }
        let previous = self.starts_at.replace(starts_at);
        self.moved_by = Some(sequence);
        self.touch(now);
        previous.map(|previous| Event::Rescheduled { previous, starts_at })
    }

    /// What is held and the last attempt to pay for it, if it is this one and the money is missing.
    fn open_attempt(
        &mut self,
        id: PaymentId,
        verb: &'static str,
    ) -> Result<(&Holding, &mut Attempt), Refusal> {
        if self.state != State::AwaitingPayment {
            return Err(Refusal::WrongState { from: self.state, to: verb });
        }
        self.holding
            .as_ref()
            .zip(self.attempts.last_mut())
            .filter(|(_, attempt)| attempt.id == id)
            .ok_or(Refusal::UnknownAttempt(id))
    }

    fn end_by_cancelling(&mut self, showing_cancelled: bool, now: Time) -> Result<Event, Refusal> {
        let open = [State::Placed, State::AwaitingPayment, State::Confirmed];
        self.step(&open, State::Cancelled, "cancelled")?;
        self.next_step_at = None;
        self.touch(now);
        Ok(Event::Cancelled { showing_cancelled })
    }

    fn step(&mut self, from: &[State], to: State, verb: &'static str) -> Result<(), Refusal> {
        if !from.contains(&self.state) {
            return Err(Refusal::WrongState { from: self.state, to: verb });
        }
        self.state = to;
        Ok(())
    }

    fn touch(&mut self, now: Time) {
        self.updated_at = now;
        self.version += 1;
    }
}
