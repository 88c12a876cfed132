//! One attempt to pay a booking, and what becomes of it.

use boxoffice_kernel::{BookingId, CustomerId, Money, PaymentId, Time};

use super::{Answer, EXPIRED, Event, Method, Pace, Reference, Refusal, What};

/// What booking asks for. Saved before the provider is asked (design §2, rule 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Booking's name for the attempt, and the provider's idempotency key.
    pub payment_id: PaymentId,
    /// For which booking.
    pub booking_id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// How much.
    pub amount: Money,
    /// By which method.
    pub method: Method,
    /// After this no charge may be begun.
    pub expires_at: Time,
    /// Whose trace it belongs to, in the W3C's words.
    pub traceparent: Option<String>,
}

/// One attempt to pay a booking.
///
/// ```text
/// PENDING ──approved──▶ APPROVED ──booking closed──▶ REFUNDING ──given back──▶ CANCELLED
///  │    └──declined───▶ DECLINED ◀──────────┐            ▲                         ▲
///  │                        never taken, but in vain     │ it had been taken       │
///  └─booking closed, or time over─▶ VOIDING ┴────────────┴───────never taken───────┘
/// ```
///
/// VOIDING is the intent to leave nothing charged, saved before the provider is told: an approval
/// that was under way meanwhile finds it and is given back. To the outside it is still PENDING.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// What was asked for.
    pub intent: Intent,
    /// Where it stands.
    pub state: State,
    /// How often the provider was asked in this state.
    pub attempts: u32,
    /// When the provider is to be asked again; `None` exactly when there is nothing to ask.
    pub next_attempt_at: Option<Time>,
    /// When it was begun.
    pub created_at: Time,
    /// When its state last changed.
    pub updated_at: Time,
    /// Grows by one with every change of state.
    pub version: u64,
}

/// Where a payment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The provider is being asked.
    Pending,
    /// The provider is being told to leave nothing charged.
    Voiding,
    /// The money was taken.
    Approved {
        /// The charge.
        reference: Reference,
    },
    /// It was not taken.
    Declined {
        /// Why.
        reason: String,
    },
    /// It must be given back; the provider has not confirmed that yet.
    Refunding {
        /// The charge.
        reference: Reference,
    },
    /// It was given back, or never taken.
    Cancelled {
        /// The charge that was given back, if there was one.
        reference: Option<Reference>,
    },
}

/// What to ask the provider next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To take the money.
    Charge,
    /// Whether it took the money; it must not take it any more.
    Find,
    /// To give back what it took, and never to take it any more.
    Refund,
}

// === impl Intent ===

impl Intent {
    /// Whether both ask for the same. The deadline and the trace of the first stand.
    pub(super) fn repeats(&self, first: &Self) -> bool {
        let Self { payment_id, booking_id, customer_id, amount, method, .. } = self;
        *payment_id == first.payment_id
            && *booking_id == first.booking_id
            && *customer_id == first.customer_id
            && *amount == first.amount
            && *method == first.method
    }
}

// === impl Payment ===

impl Payment {
    /// Begun `now`, to be settled at `first_attempt_at`. One whose time is over is declined
    /// without asking anybody: nothing was ever charged for it.
    pub(super) fn begin(
        intent: Intent,
        first_attempt_at: Time,
        now: Time,
    ) -> (Self, Option<Event>) {
        let mut payment = Self {
            intent,
            state: State::Pending,
            attempts: 0,
            next_attempt_at: Some(first_attempt_at),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let mut event = None;
        if payment.is_over(now) {
            payment.state = State::Declined { reason: EXPIRED.to_owned() };
            payment.next_attempt_at = None;
            event = Some(payment.says(What::Declined { reason: EXPIRED.to_owned() }));
        }
        (payment, event)
    }

    /// What to ask the provider next; `None`: nothing, it is settled.
    pub fn step(&self, now: Time) -> Option<Step> {
        match self.state {
            State::Pending if self.is_over(now) => Some(Step::Find),
            State::Pending => Some(Step::Charge),
            State::Voiding | State::Refunding { .. } => Some(Step::Refund),
            State::Approved { .. } | State::Declined { .. } | State::Cancelled { .. } => None,
        }
    }

    /// Whether nothing is left to be asked of the provider.
    pub fn is_settled(&self) -> bool {
        match self.state {
            State::Pending | State::Voiding | State::Refunding { .. } => false,
            State::Approved { .. } | State::Declined { .. } | State::Cancelled { .. } => true,
        }
    }

    /// How much was given back.
    pub fn given_back(&self) -> Money {
        match self.state {
            State::Cancelled { reference: Some(_) } => self.intent.amount,
            State::Cancelled { reference: None }
            | State::Pending
            | State::Voiding
            | State::Approved { .. }
            | State::Declined { .. }
            | State::Refunding { .. } => Money::zero(self.intent.amount.currency()),
        }
    }

    /// Begins an attempt to settle it: until that is over, nobody else does.
    pub(super) fn attempt(&mut self, pace: &Pace, now: Time) {
        self.next_attempt_at = Some(pace.again_at(self.attempts, now));
        self.attempts = self.attempts.saturating_add(1);
    }

    /// The booking is closed: no money may be kept, and none may be taken.
    pub(super) fn close(&mut self, now: Time) {
        match &self.state {
            State::Pending => self.turn(State::Voiding, now),
            State::Approved { reference } => {
                let reference = reference.clone();
                self.turn(State::Refunding { reference }, now);
            }
            State::Voiding
            | State::Declined { .. }
            | State::Refunding { .. }
            | State::Cancelled { .. } => {}
        }
    }

    /// Takes in what the provider said; `None`: it knows nothing of this payment. Answers may come
    /// late, twice and in any order. Money that was taken is never overlooked: whatever the state,
    /// it ends APPROVED or on its way back.
    pub(super) fn hear(
        &mut self,
        answer: Option<&Answer>,
        closed: bool,
        now: Time,
    ) -> Result<Option<Event>, Refusal> {
        match (&self.state, answer) {
            (State::Pending, None) => {
                if self.is_over(now) {
                    self.turn(State::Voiding, now);
                }
                Ok(None)
            }
            (State::Pending, Some(Answer::Approved { reference })) => {
                self.turn(State::Approved { reference: reference.clone() }, now);
                Ok(Some(self.says(What::Approved { amount: self.intent.amount })))
            }
            (
                State::Voiding | State::Declined { .. } | State::Cancelled { reference: None },
                Some(Answer::Approved { reference }),
            ) => {
                self.turn(State::Refunding { reference: reference.clone() }, now);
                Ok(None)
            }
            (State::Pending | State::Voiding, Some(Answer::Declined { reason })) => {
                Ok(Some(self.decline(reason, now)))
            }
            (State::Pending | State::Voiding, Some(Answer::Returned { reference: None }))
                if !closed =>
            {
                Ok(Some(self.decline(EXPIRED, now)))
            }
            (State::Pending | State::Voiding, Some(Answer::Returned { reference })) => {
                Ok(Some(self.cancel(reference.clone(), now)))
            }
            (State::Refunding { .. }, Some(Answer::Returned { reference: Some(reference) })) => {
                Ok(Some(self.cancel(Some(reference.clone()), now)))
            }
            (state, heard) => stale(state, heard),
        }
    }

    fn decline(&mut self, reason: &str, now: Time) -> Event {
        self.turn(State::Declined { reason: reason.to_owned() }, now);
        self.says(What::Declined { reason: reason.to_owned() })
    }

    fn cancel(&mut self, reference: Option<Reference>, now: Time) -> Event {
        self.turn(State::Cancelled { reference }, now);
        self.says(What::Cancelled { amount: self.given_back() })
    }

    /// The only place a state changes. What is not settled then is due at once.
    fn turn(&mut self, state: State, now: Time) {
        self.state = state;
        self.version += 1;
        self.updated_at = now;
        self.attempts = 0;
        self.next_attempt_at = if self.is_settled() { None } else { Some(now) };
    }

    fn says(&self, what: What) -> Event {
        Event {
            payment_id: self.intent.payment_id,
            booking_id: self.intent.booking_id,
            customer_id: self.intent.customer_id.clone(),
            sequence: self.version,
            time: self.updated_at,
            what,
        }
    }

    fn is_over(&self, now: Time) -> bool {
        now >= self.intent.expires_at
    }
}

// === impl State ===

impl State {
    /// For a log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Voiding => "voiding",
            Self::Approved { .. } => "approved",
            Self::Declined { .. } => "declined",
            Self::Refunding { .. } => "refunding",
            Self::Cancelled { .. } => "cancelled",
        }
    }
}

/// What changes nothing: an answer heard before, or one that was overtaken. Whatever could not
/// have been said by a provider that keeps its word is refused aloud.
fn stale(state: &State, heard: Option<&Answer>) -> Result<Option<Event>, Refusal> {
    let Some(answer) = heard else { return Ok(None) };
    let possible = match (state, answer) {
        (State::Approved { .. } | State::Refunding { .. }, answer) => {
            matches!(answer, Answer::Approved { .. })
        }
        (State::Declined { .. } | State::Cancelled { reference: None }, answer) => {
            matches!(answer, Answer::Declined { .. } | Answer::Returned { reference: None })
        }
        (State::Cancelled { reference: Some(_) }, answer) => {
            matches!(answer, Answer::Approved { .. } | Answer::Returned { reference: Some(_) })
        }
        (State::Pending | State::Voiding, _) => false,
    };
    if possible {
        return Ok(None);
    }
    Err(Refusal::Contradiction { state: state.name(), answer: answer.name() })
}
