//! A booking: its state, and everything that is known about it.

use std::time::Duration;

use boxoffice_kernel::{BookingId, CustomerId, Money, PaymentId, Time, TitleId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Attempt, BookedSeat, Item, NotForSale, SeatName};

/// A customer's claim on seats of a showing, or on a title to watch.
///
/// ```text
/// Placed ──seats held──▶ AwaitingPayment ──approved──▶ Confirmed
///    │                        │  │                          │
///    ├─no seats─▶ Rejected ◀──┘  └──deadline──▶ Expired     │ cancel, or the showing is cancelled
///    └──────────cancel────────────────────────▶ Cancelled ◀─┘      (also from AwaitingPayment)
/// ```
/// A title to watch goes from Confirmed to Cancelling, and on to Cancelled when its licence is revoked, or back when it
/// is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// UUIDv5 of who asked and their `request_id`.
    pub id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Of the request that placed it; the same id with another one is refused.
    pub fingerprint: Uuid,
    /// What was asked for.
    pub item: Item,
    /// How the tickets come.
    pub fulfilment: Fulfilment,
    /// How to reach the customer. Never in an event.
    pub contact: Contact,
    /// The method `PlaceBooking` gave, until its attempt begins.
    pub method: Option<String>,
    /// Where it stands.
    pub state: State,
    /// What is held, once it is.
    pub holding: Option<Holding>,
    /// Of which title it is, once that is known.
    pub title_id: Option<TitleId>,
    /// When the showing begins, once that is known.
    pub starts_at: Option<Time>,
    /// When the showing ends, once that is known.
    pub ends_at: Option<Time>,
    /// When the title was first watched at home, as streaming says.
    pub watched_at: Option<Time>,
    /// The newest move of the showing that this booking has followed (its event's sequence).
    pub moved_by: Option<u64>,
    /// Oldest first; at most the last may be pending.
    pub attempts: Vec<Attempt>,
    /// Why it was rejected.
    pub rejection: Option<Rejection>,
    /// When it was placed.
    pub placed_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// When the sweeper takes it up, should nobody else have (design §2, rule 6).
    pub next_step_at: Option<Time>,
    /// Grows by one with every change.
    pub version: u64,
    /// Of the request that placed it: whose trace it belongs to, in the W3C's words.
    pub traceparent: Option<String>,
}

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Saved; nothing is held.
    Placed,
    /// Held until [`Holding::expires_at`]; not paid.
    AwaitingPayment,
    /// Held and paid.
    Confirmed,
    /// It did not come about.
    Rejected,
    /// It was not paid in time.
    Expired,
    /// Paid; its licence to watch is being revoked.
    Cancelling,
    /// It was cancelled.
    Cancelled,
}

/// What is shown and when, as seating says it with the seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Which title.
    pub title_id: TitleId,
    /// When it begins.
    pub starts_at: Time,
    /// When it ends.
    pub ends_at: Time,
}

/// What is held for a booking, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// With prices.
    pub seats: Vec<BookedSeat>,
    /// What it costs in all (FR-23).
    pub amount: Money,
    /// Until when it may be paid.
    pub expires_at: Time,
}

/// How the customer gets their tickets (D-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fulfilment {
    /// A signed QR code.
    ETicket,
    /// By post.
    Post,
    /// A licence to watch at home.
    Stream,
}

/// How to reach a customer (FR-15).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Phone.
    pub phone: String,
    /// E-mail.
    pub email: String,
    /// Postal address.
    pub address: String,
    /// BCP 47.
    pub language: String,
}

/// Why a booking did not come about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rejection {
    /// Somebody else has them, or too few are left (NFR-04).
    SeatsUnavailable {
        /// Which of those asked for.
        seats: Vec<SeatName>,
    },
    /// The provider said no, in its words.
    PaymentDeclined {
        /// Such as `card_declined`.
        provider_reason: String,
    },
    /// Seating did not answer in time.
    SeatingUnavailable,
    /// The request names something that is not, or no longer, for sale.
    NotForSale(NotForSale),
}

/// What a customer asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// UUIDv5 of who asks and their `request_id`.
    pub id: BookingId,
    /// Who asks.
    pub customer_id: CustomerId,
    /// Of the whole request.
    pub fingerprint: Uuid,
    /// What.
    pub item: Item,
    /// How the tickets come.
    pub fulfilment: Fulfilment,
    /// How to reach them.
    pub contact: Contact,
    /// Pay with this at once; `None`: later.
    pub method: Option<String>,
    /// Whose trace it belongs to, in the W3C's words.
    pub traceparent: Option<String>,
}

/// The box office's terms: all flags.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// How long seats are held unpaid: 10 min.
    pub hold: Duration,
    /// How long a booking may look for its seats: 30 s.
    pub placing: Duration,
    /// How long the provider is waited for in a call: 2 s.
    pub payment: Duration,
    /// How long a step may be nobody's before the sweeper takes it up: 5 s.
    pub step: Duration,
}

// === impl Booking ===

impl Booking {
    /// The last attempt to pay.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The attempt with this id.
    pub fn find_attempt(&self, id: PaymentId) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.id == id)
    }

    /// The attempt that is not settled, if there is one.
    pub fn pending(&self) -> Option<&Attempt> {
        self.attempt().filter(|attempt| attempt.is_pending())
    }

    /// Until when it may look for its seats.
    pub fn placing_ends_at(&self, terms: &Terms) -> Time {
        self.placed_at + terms.placing
    }

    /// When an unpaid hold is over: at its deadline, or when the attempt begun before it is given
    /// up, whichever is later.
    pub fn over_at(&self, terms: &Terms) -> Option<Time> {
        let expires_at = self.holding.as_ref()?.expires_at;
        let given_up = self.pending().map(|attempt| attempt.began_at + terms.payment);
        Some(given_up.map_or(expires_at, |it| it.max(expires_at)))
    }
}

// === impl State ===

impl State {
    /// Whether nothing can happen to it any more but being read.
    pub fn is_closed(self) -> bool {
        match self {
            Self::Rejected | Self::Expired | Self::Cancelled => true,
            Self::Placed | Self::AwaitingPayment | Self::Confirmed | Self::Cancelling => false,
        }
    }
}

impl std::fmt::Debug for Contact {
    /// Personal: never in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact(…)")
    }
}
