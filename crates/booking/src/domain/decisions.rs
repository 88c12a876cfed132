//! What may happen to a booking, and what it then says.

use boxoffice_kernel::{PaymentId, Time};

use crate::domain::{
    Attempt, Booking, Event, Holding, Outcome, Phase, Rejection, Request, Shown, State, Terms,
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
    /// It was watched (FR-41).
    #[error("the title was watched; it is too late to cancel")]
    Watched,
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
            title_id: request.item.home_movie(),
            item: request.item,
            fulfilment: request.fulfilment,
            contact: request.contact,
            method: request.method,
            state: State::Placed,
            holding: None,
            starts_at: None,
            ends_at: None,
            watched_at: None,
            moved_by: None,
            attempts: Vec::new(),
            rejection: None,
            placed_at: now,
            updated_at: now,
            next_step_at: Some(now + terms.step),
            version: 1,
            traceparent: request.traceparent,
        };
        (booking, event)
    }

    /// Step 3: the seats are held; with a method given, the attempt to pay begins.
    pub fn await_payment(
        &mut self,
        holding: Holding,
        shown: Option<Shown>,
        attempt: Option<PaymentId>,
        terms: &Terms,
        now: Time,
    ) -> Result<(), Refusal> {
        self.step(&[State::Placed], State::AwaitingPayment, "held")?;
        self.next_step_at = Some(holding.expires_at);
        self.holding = Some(holding);
        if let Some(Shown { title_id, starts_at, ends_at }) = shown {
            self.title_id = Some(title_id);
            if self.moved_by.is_none() {
                (self.starts_at, self.ends_at) = (Some(starts_at), Some(ends_at));
            }
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
            ends_at: self.ends_at,
            title_id: self.title_id,
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

    pub(super) fn step(
        &mut self,
        from: &[State],
        to: State,
        verb: &'static str,
    ) -> Result<(), Refusal> {
        if !from.contains(&self.state) {
            return Err(Refusal::WrongState { from: self.state, to: verb });
        }
        self.state = to;
        Ok(())
    }

    pub(super) fn touch(&mut self, now: Time) {
        self.updated_at = now;
        self.version += 1;
    }
}
