//! A booking as far as it is known.

use std::collections::BTreeMap;

use boxoffice_kernel::{BookingId, CustomerId, Money, PaymentId, ShowingId, Time, TitleId};

use crate::domain::{
    BookingStatus, DeliveryStatus, Fact, Item, Latest, LicenseStatus, PaymentStatus,
};

/// One booking. What never changes (whose it is, of what, for how much) is taken from whoever says it
/// first; everything else has the sequence of who said it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Which.
    pub id: BookingId,
    /// Whose; unknown until booking says so.
    pub customer_id: Option<CustomerId>,
    /// The title, if it was said with the booking.
    pub title_id: Option<TitleId>,
    /// The showing.
    pub showing_id: Option<ShowingId>,
    /// What it costs.
    pub amount: Option<Money>,
    /// What booking said last; sequences are the booking's.
    pub said: Latest<BookingStatus>,
    /// When its showing begins, as booking said last; sequences are the booking's.
    pub starts_at: Latest<Time>,
    /// Its seats as seating said last, else as asked for; sequences are the showing's.
    pub seats: Latest<Seats>,
    /// Every attempt to pay; sequences are the payment's.
    pub attempts: BTreeMap<PaymentId, Latest<PaymentStatus>>,
    /// Sequences are the delivery's.
    pub delivery: Latest<DeliveryStatus>,
    /// Sequences are the licence's.
    pub license: Latest<LicenseStatus>,
    /// When the first step happened.
    pub created_at: Time,
    /// When the last step happened.
    pub updated_at: Time,
}

/// Seats of a showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seats {
    /// By name; none with general admission.
    pub names: Vec<String>,
    /// How many.
    pub quantity: u32,
}

// === impl Booking ===

impl Booking {
    /// One of which nothing is known but that something happened to it.
    pub fn new(id: BookingId, time: Time) -> Self {
        Self {
            id,
            customer_id: None,
            title_id: None,
            showing_id: None,
            amount: None,
            said: Latest::default(),
            starts_at: Latest::default(),
            seats: Latest::default(),
            attempts: BTreeMap::new(),
            delivery: Latest::default(),
            license: Latest::default(),
            created_at: time,
            updated_at: time,
        }
    }

    /// Takes in what an event said at `time`, `sequence` being the version of what the event is about.
    pub fn hear(&mut self, fact: &Fact, sequence: u64, time: Time) {
        self.created_at = self.created_at.min(time);
        self.updated_at = self.updated_at.max(time);
        match fact {
            Fact::Placed { customer_id, item } => {
                self.is_of(customer_id, item);
                self.said.hear(sequence, BookingStatus::Placed);
            }
            Fact::PaymentRequested { customer_id, payment_id, amount } => {
                self.belongs_to(customer_id);
                self.amount.get_or_insert(*amount);
                self.attempts.entry(*payment_id).or_default().assume(PaymentStatus::Pending);
                self.said.hear(sequence, BookingStatus::AwaitingPayment);
            }
            Fact::Confirmed { customer_id, item, amount, starts_at, title_id } => {
                self.is_of(customer_id, item);
                self.amount.get_or_insert(*amount);
                self.title_id = self.title_id.or(*title_id);
                if let Some(starts_at) = starts_at {
                    self.starts_at.hear(sequence, *starts_at);
                }
                self.said.hear(sequence, BookingStatus::Confirmed);
            }
            Fact::Ended { customer_id, status, showing_id } => {
                self.belongs_to(customer_id);
                self.showing_id = self.showing_id.or(*showing_id);
                self.said.hear(sequence, *status);
            }
            Fact::Rescheduled { customer_id, showing_id, starts_at } => {
                self.belongs_to(customer_id);
                self.showing_id.get_or_insert(*showing_id);
                self.starts_at.hear(sequence, *starts_at);
            }
            Fact::Seats { showing_id, names, quantity } => {
                self.showing_id.get_or_insert(*showing_id);
                let seats = Seats { names: names.clone(), quantity: *quantity };
                self.seats.hear(sequence, seats);
            }
            Fact::Payment { payment_id, status } => {
                self.attempts.entry(*payment_id).or_default().hear(sequence, *status);
            }
            Fact::Delivery(status) => self.delivery.hear(sequence, *status),
            Fact::License { title_id, status } => {
                self.title_id.get_or_insert(*title_id);
                self.license.hear(sequence, *status);
            }
        }
    }

    /// Where it stands; `None`: nothing was heard of it but from others than booking. Booking says
    /// nothing when its seats are held; seating does, and a title to watch needs none.
    pub fn status(&self) -> Option<BookingStatus> {
        let is_held = self.seats.sequence > 0 || self.showing_id.is_none();
        let status = self.said.value?;
        let awaits = status == BookingStatus::Placed && is_held;
        Some(if awaits { BookingStatus::AwaitingPayment } else { status })
    }

    /// Where its payment stands; `None`: there is none.
    pub fn payment_status(&self) -> Option<PaymentStatus> {
        self.attempts.values().filter_map(|attempt| attempt.value).max()
    }

    fn is_of(&mut self, customer_id: &CustomerId, item: &Item) {
        self.belongs_to(customer_id);
        match item {
            Item::Showing { showing_id, seats, quantity } => {
                self.showing_id.get_or_insert(*showing_id);
                self.seats.assume(Seats { names: seats.clone(), quantity: *quantity });
            }
            Item::HomeMovie { title_id } => {
                self.title_id.get_or_insert(*title_id);
                self.seats.assume(Seats { names: Vec::new(), quantity: 1 });
            }
        }
    }

    fn belongs_to(&mut self, customer_id: &CustomerId) {
        self.customer_id.get_or_insert_with(|| customer_id.clone());
    }
}
