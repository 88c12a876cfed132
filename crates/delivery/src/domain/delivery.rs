//! The tickets of one booking on their way to the customer.

use boxoffice_kernel::{
    BookingId, CustomerId, DeliveryId, PaymentId, ShowingId, TicketId, Time, id,
};

use super::{Event, Pace, Parcel, Places, Refusal, Ticket, What, Wish};

/// A delivery: one a booking.
///
/// ```text
/// STARTED ──arrived, an e-ticket at once──▶ COMPLETED
///    └──────────────payment cancelled, booking closed──────┴──▶ CANCELLED
/// ```
///
/// A parcel has a life beside these states: it is handed over while STARTED, and one that may be on
/// its way is called back once CANCELLED.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Derived from the booking: [`delivery_of`].
    pub id: DeliveryId,
    /// Of which booking.
    pub booking_id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Of which showing.
    pub showing_id: ShowingId,
    /// The attempt that paid for it.
    pub payment_id: PaymentId,
    /// How.
    pub method: Method,
    /// Where it stands.
    pub state: State,
    /// One for each person, by number; none when they were not asked for.
    pub tickets: Vec<Ticket>,
    /// By post: what was handed over.
    pub parcel: Option<Parcel>,
    /// How often its parcel was tried in this state.
    pub attempts: u32,
    /// When its parcel is to be tried again; `None` exactly when there is nothing to do.
    pub next_attempt_at: Option<Time>,
    /// When it began.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Grows by one with every change.
    pub version: u64,
    /// Whose trace it belongs to, in the W3C's words.
    pub traceparent: Option<String>,
}

/// How tickets come (D-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A signed QR code for each person.
    ETicket,
    /// Printed, in a parcel.
    Post,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On its way.
    Started,
    /// With the customer.
    Completed,
    /// Called back.
    Cancelled,
}

/// What to do with a parcel next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask where to, and hand it over.
    Ship,
    /// Call it back.
    Recall,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The shipper has it.
    HandedOver(Parcel),
    /// Booking knows no address.
    NoAddress,
    /// It is not on its way, and never will be.
    Recalled,
}

/// The delivery of a booking: the same whoever asks, so that there is one.
pub fn delivery_of(booking_id: BookingId) -> DeliveryId {
    DeliveryId(id::derived("delivery", "", booking_id.0))
}

// === impl Delivery ===

impl Delivery {
    /// An e-ticket has arrived as soon as it is there.
    pub(super) fn begin(id: DeliveryId, wish: &Wish, now: Time) -> (Self, Vec<Event>) {
        let seats = match &wish.places {
            Places::Seats(seats) => seats.iter().cloned().map(Some).collect(),
            Places::Anywhere(quantity) => vec![None; *quantity as usize],
        };
        let tickets = (0..).zip(seats).map(|(number, seat)| Ticket::new(id, number, seat));
        let mut delivery = Self {
            id,
            booking_id: wish.booking_id,
            customer_id: wish.customer_id.clone(),
            showing_id: wish.showing_id,
            payment_id: wish.payment_id,
            method: wish.method,
            state: State::Started,
            tickets: tickets.collect(),
            parcel: None,
            attempts: 0,
            next_attempt_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
            traceparent: wish.traceparent.clone(),
        };
        let mut events = vec![delivery.says(What::Started { method: wish.method })];
        match wish.method {
            Method::ETicket => events.push(delivery.turn(State::Completed, What::Completed, now)),
            Method::Post => delivery.next_attempt_at = Some(now),
        }
        (delivery, events)
    }

    /// The customer has them. `Ok(None)`: they had before.
    pub fn complete(&mut self, now: Time) -> Result<Option<Event>, Refusal> {
        match self.state {
            State::Started => Ok(Some(self.turn(State::Completed, What::Completed, now))),
            State::Completed => Ok(None),
            State::Cancelled => Err(Refusal::DeliveryCancelled),
        }
    }

    /// Calls it back, whether or not it has arrived. `None`: that was done before.
    pub(super) fn cancel(&mut self, now: Time) -> Option<Event> {
        let may_be_on_its_way = match self.state {
            State::Started => self.parcel.is_some() || self.attempts > 0,
            State::Completed => false,
            State::Cancelled => return None,
        };
        let event = self.turn(State::Cancelled, What::Cancelled, now);
        if may_be_on_its_way {
            self.next_attempt_at = Some(now);
        }
        Some(event)
    }

    /// Lets the holder of one of its tickets in (once).
    pub fn check_in(&mut self, id: TicketId, now: Time) -> Result<(), Refusal> {
        let ticket = self.tickets.iter_mut().find(|it| it.id == id);
        let ticket = ticket.ok_or(Refusal::UnknownTicket(id))?;
        match self.state {
            State::Cancelled => return Err(Refusal::TicketCancelled),
            State::Started | State::Completed => {}
        }
        if let Some(at) = ticket.checked_in_at {
            return Err(Refusal::TicketUsed { at });
        }
        ticket.checked_in_at = Some(now);
        Ok(())
    }

    /// What its parcel needs next.
    pub fn step(&self) -> Option<Step> {
        self.next_attempt_at?;
        match self.state {
            State::Started => Some(Step::Ship),
            State::Cancelled => Some(Step::Recall),
            State::Completed => None,
        }
    }

    /// Takes its parcel in hand; `None`: somebody else has, or there is nothing to do.
    pub fn claim(&mut self, pace: &Pace, now: Time) -> Option<Step> {
        if self.next_attempt_at.is_none_or(|at| at > now) {
            return None;
        }
        let step = self.step()?;
        self.next_attempt_at = Some(pace.again_at(self.attempts, now));
        self.attempts = self.attempts.saturating_add(1);
        Some(step)
    }

    /// Takes in what became of its parcel. What was overtaken changes nothing: a parcel that was
    /// handed over meanwhile is called back all the same.
    pub fn hear(&mut self, outcome: &Outcome, pace: &Pace, now: Time) {
        match (self.state, outcome) {
            (State::Started, Outcome::HandedOver(parcel)) if self.parcel.is_none() => {
                self.parcel = Some(parcel.clone());
                self.next_attempt_at = None;
                self.version += 1;
                self.updated_at = now;
            }
            (State::Started, Outcome::NoAddress) if self.parcel.is_none() => {
                self.next_attempt_at = Some(now + pace.unaddressed);
            }
            (State::Completed, Outcome::HandedOver(parcel)) if self.parcel.is_none() => {
                self.parcel = Some(parcel.clone());
            }
            (State::Cancelled, Outcome::Recalled) => self.next_attempt_at = None,
            (
                State::Started | State::Completed | State::Cancelled,
                Outcome::HandedOver(_) | Outcome::NoAddress | Outcome::Recalled,
            ) => {}
        }
    }

    /// The only place its state changes. Nothing is left to be done then, unless the caller says so.
    fn turn(&mut self, state: State, what: What, now: Time) -> Event {
        self.state = state;
        self.version += 1;
        self.updated_at = now;
        self.attempts = 0;
        self.next_attempt_at = None;
        self.says(what)
    }

    fn says(&self, what: What) -> Event {
        Event {
            delivery_id: self.id,
            booking_id: self.booking_id,
            customer_id: self.customer_id.clone(),
            sequence: self.version,
            time: self.updated_at,
            what,
        }
    }
}
