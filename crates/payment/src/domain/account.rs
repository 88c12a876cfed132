//! All attempts to pay one booking: what is locked together and decided together.

use boxoffice_kernel::{BookingId, PaymentId, Time};

use super::{Answer, Event, Intent, Pace, Payment, Refusal, State};

/// The money side of one booking. Two laws hold in it at every moment: a closed account has no
/// payment that may still take money or keep it, and at most one attempt is unsettled or paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Of which booking.
    pub booking_id: BookingId,
    /// Since when no money is taken for it (design §2, rule 4).
    pub closed_at: Option<Time>,
    /// Its attempts, oldest first: all of them, or only the one that is claimed or heard of.
    pub payments: Vec<Payment>,
}

// === impl Account ===

impl Account {
    /// Of a booking nothing is known of yet.
    pub const fn new(booking_id: BookingId) -> Self {
        Self { booking_id, closed_at: None, payments: Vec::new() }
    }

    /// One attempt.
    pub fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.payments.iter().find(|it| it.intent.payment_id == id)
    }

    /// A caller wants the money now, and will ask the provider. Asking again is no second attempt
    /// (design §2, rule 3).
    pub fn approve(
        &mut self,
        intent: &Intent,
        pace: &Pace,
        now: Time,
    ) -> Result<(Payment, Option<Event>), Refusal> {
        let closed = self.is_closed();
        if let Some(payment) = self.payment_mut(intent.payment_id) {
            if !intent.repeats(&payment.intent) {
                return Err(Refusal::Reused);
            }
            if closed && !matches!(payment.state, State::Declined { .. }) {
                return Err(Refusal::Closed);
            }
            if !payment.is_settled() {
                payment.attempt(pace, now);
            }
            return Ok((payment.clone(), None));
        }
        self.admit()?;
        Ok(self.begin(intent, pace.again_at(0, now), now))
    }

    /// Booking gave up waiting and wants it settled as soon as that can be (NFR-06). What is known,
    /// or closed, needs nothing: `None`.
    pub fn request(
        &mut self,
        intent: &Intent,
        now: Time,
    ) -> Result<Option<(Payment, Option<Event>)>, Refusal> {
        if let Some(payment) = self.payment(intent.payment_id) {
            return if intent.repeats(&payment.intent) { Ok(None) } else { Err(Refusal::Reused) };
        }
        if self.is_closed() {
            return Ok(None);
        }
        self.admit()?;
        Ok(Some(self.begin(intent, now, now)))
    }

    /// The booking is rejected, expired or cancelled. Leaves its mark also when nothing is known
    /// of the booking yet (design §2, rules 4 and 5).
    pub fn close(&mut self, now: Time) {
        if self.is_closed() {
            return;
        }
        self.closed_at = Some(now);
        for payment in &mut self.payments {
            payment.close(now);
        }
    }

    /// Takes a payment that is due in hand; `None`: somebody else has, or it is settled.
    pub fn claim(&mut self, id: PaymentId, pace: &Pace, now: Time) -> Option<Payment> {
        let payment = self.payment_mut(id)?;
        if payment.next_attempt_at.is_none_or(|at| at > now) {
            return None;
        }
        payment.attempt(pace, now);
        Some(payment.clone())
    }

    /// Takes in what the provider said of a payment; `answer` `None`: it knows nothing of it.
    /// `None`: there is no such payment.
    pub fn hear(
        &mut self,
        id: PaymentId,
        answer: Option<&Answer>,
        now: Time,
    ) -> Result<Option<(Payment, Option<Event>)>, Refusal> {
        let closed = self.is_closed();
        let Some(payment) = self.payment_mut(id) else { return Ok(None) };
        let event = payment.hear(answer, closed, now)?;
        Ok(Some((payment.clone(), event)))
    }

    /// Whether no money is taken for it.
    pub const fn is_closed(&self) -> bool {
        self.closed_at.is_some()
    }

    /// Whether a new attempt may be begun.
    fn admit(&self) -> Result<(), Refusal> {
        if self.is_closed() {
            return Err(Refusal::Closed);
        }
        for Payment { intent, state, .. } in &self.payments {
            match state {
                State::Pending | State::Voiding | State::Refunding { .. } => {
                    return Err(Refusal::Unsettled(intent.payment_id));
                }
                State::Approved { .. } => return Err(Refusal::Paid(intent.payment_id)),
                State::Declined { .. } | State::Cancelled { .. } => {}
            }
        }
        Ok(())
    }

    fn begin(
        &mut self,
        intent: &Intent,
        first_attempt_at: Time,
        now: Time,
    ) -> (Payment, Option<Event>) {
        let (payment, event) = Payment::begin(intent.clone(), first_attempt_at, now);
        self.payments.push(payment.clone());
        (payment, event)
    }

    fn payment_mut(&mut self, id: PaymentId) -> Option<&mut Payment> {
        self.payments.iter_mut().find(|it| it.intent.payment_id == id)
    }
}
