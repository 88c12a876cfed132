//! What the others say.

use std::time::Duration;

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::catalog::v1 as catalog;
use boxoffice_contracts::convert::timestamp;
use boxoffice_contracts::delivery::v1 as delivery;
use boxoffice_contracts::google::r#type::Money;
use boxoffice_contracts::payment::v1 as payment;
use boxoffice_contracts::seating::v1 as seating;
use boxoffice_contracts::streaming::v1 as streaming;
use boxoffice_eventing::Message;
use boxoffice_kernel::{Clock, Context, Time};
use prost::Name;
use uuid::Uuid;

/// Makes messages, each a second after the one before it.
pub(crate) struct Said {
    pub(crate) title: Uuid,
    pub(crate) showing: Uuid,
    pub(crate) start: Time,
    now: Time,
}

/// One booking of a customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of {
    pub(crate) id: Uuid,
    pub(crate) customer: &'static str,
}

// === impl Of ===

impl Of {
    pub(crate) fn new(customer: &'static str) -> Self {
        Self { id: Uuid::new_v4(), customer }
    }
}

// === impl Said ===

impl Said {
    /// From an hour ago on.
    pub(crate) fn new() -> Self {
        let now = Clock.now() - Duration::from_secs(3600);
        let start = now + Duration::from_secs(86_400);
        Self { title: Uuid::new_v4(), showing: Uuid::new_v4(), start, now }
    }

    pub(crate) fn now(&self) -> Time {
        self.now
    }

    fn say<M: Name>(
        &mut self,
        context: Context,
        about: Uuid,
        sequence: u64,
        case: Uuid,
        said: &M,
    ) -> Message {
        self.now += Duration::from_secs(1);
        let payload = said.encode_to_vec();
        Message::new(context, M::full_name(), about, sequence, case, self.now, payload)
    }

    fn booking<M: Name>(&mut self, of: Of, sequence: u64, said: &M) -> Message {
        self.say(Context::BOOKING, of.id, sequence, of.id, said)
    }

    pub(crate) fn registered(&mut self, name: &str, sequence: u64) -> Message {
        let title = catalog::Title {
            title_id: self.title.to_string(),
            name: name.to_owned(),
            ..Default::default()
        };
        let title = Some(title);
        match sequence {
            1 => self.say(
                Context::CATALOG,
                self.title,
                1,
                self.title,
                &catalog::TitleRegistered { title },
            ),
            _ => self.say(
                Context::CATALOG,
                self.title,
                sequence,
                self.title,
                &catalog::TitleUpdated { title },
            ),
        }
    }

    pub(crate) fn scheduled(&mut self) -> Message {
        let said = seating::ShowingScheduled {
            showing_id: self.showing.to_string(),
            title_id: self.title.to_string(),
            venue: "Hall 1".to_owned(),
            start_time: Some(timestamp(self.start)),
            ..Default::default()
        };
        self.say(Context::SEATING, self.showing, 1, self.showing, &said)
    }

    pub(crate) fn moved(&mut self, by: Duration, sequence: u64) -> Message {
        let said = seating::ShowingRescheduled {
            showing_id: self.showing.to_string(),
            start_time: Some(timestamp(self.start + by)),
            ..Default::default()
        };
        self.say(Context::SEATING, self.showing, sequence, self.showing, &said)
    }

    pub(crate) fn held(&mut self, of: Of, seats: &[&str], sequence: u64) -> Message {
        let said = seating::SeatsHeld {
            showing_id: self.showing.to_string(),
            booking_id: of.id.to_string(),
            seats: seats.iter().map(|it| (*it).to_owned()).collect(),
            quantity: seats.len() as i32,
        };
        self.say(Context::SEATING, self.showing, sequence, of.id, &said)
    }

    pub(crate) fn sold(&mut self, of: Of, seats: &[&str], sequence: u64) -> Message {
        let said = seating::SeatsSold {
            showing_id: self.showing.to_string(),
            booking_id: of.id.to_string(),
            seats: seats.iter().map(|it| (*it).to_owned()).collect(),
            quantity: seats.len() as i32,
        };
        self.say(Context::SEATING, self.showing, sequence, of.id, &said)
    }

    pub(crate) fn placed(&mut self, of: Of, seats: &[&str]) -> Message {
        let item = Some(booking::booking_placed::Item::Showing(self.seats(seats)));
        let (booking_id, customer_id) = names(of);
        self.booking(of, 1, &booking::BookingPlaced { booking_id, customer_id, item })
    }

    pub(crate) fn placed_at_home(&mut self, of: Of) -> Message {
        let title_id = self.title.to_string();
        let movie = booking::HomeMovie { title_id };
        let item = Some(booking::booking_placed::Item::HomeMovie(movie));
        let (booking_id, customer_id) = names(of);
        self.booking(of, 1, &booking::BookingPlaced { booking_id, customer_id, item })
    }

    pub(crate) fn payment_requested(&mut self, of: Of, payment: Uuid, sequence: u64) -> Message {
        let (booking_id, customer_id) = names(of);
        let said = booking::PaymentRequested {
            booking_id,
            customer_id,
            payment_id: payment.to_string(),
            amount: Some(won(30_000)),
            ..Default::default()
        };
        self.booking(of, sequence, &said)
    }

    pub(crate) fn confirmed(&mut self, of: Of, seats: &[&str], sequence: u64) -> Message {
        let (booking_id, customer_id) = names(of);
        let item = booking::booking_confirmed::Item::Showing(self.seats(seats));
        let said = booking::BookingConfirmed {
            booking_id,
            customer_id,
            item: Some(item),
            amount: Some(won(30_000)),
            start_time: Some(timestamp(self.start)),
            title_id: self.title.to_string(),
            ..Default::default()
        };
        self.booking(of, sequence, &said)
    }

    pub(crate) fn rejected(&mut self, of: Of) -> Message {
        let (booking_id, customer_id) = names(of);
        let reason = booking::RejectionReason::SeatsUnavailable.into();
        let rejection = Some(booking::Rejection { reason, ..Default::default() });
        let showing_id = self.showing.to_string();
        let said = booking::BookingRejected { booking_id, customer_id, showing_id, rejection };
        self.booking(of, 2, &said)
    }

    pub(crate) fn cancelled(&mut self, of: Of, sequence: u64) -> Message {
        let (booking_id, customer_id) = names(of);
        let showing_id = self.showing.to_string();
        let said = booking::BookingCancelled {
            booking_id,
            customer_id,
            showing_id,
            showing_cancelled: true,
        };
        self.booking(of, sequence, &said)
    }

    pub(crate) fn rescheduled(&mut self, of: Of, by: Duration, sequence: u64) -> Message {
        let (booking_id, customer_id) = names(of);
        let said = booking::BookingRescheduled {
            booking_id,
            customer_id,
            showing_id: self.showing.to_string(),
            previous_start_time: Some(timestamp(self.start)),
            start_time: Some(timestamp(self.start + by)),
        };
        self.booking(of, sequence, &said)
    }

    pub(crate) fn declined(&mut self, of: Of, payment: Uuid, reason: &str) -> Message {
        let (booking_id, customer_id) = names(of);
        let (payment_id, provider_reason) = (payment.to_string(), reason.to_owned());
        let said =
            payment::PaymentDeclined { payment_id, booking_id, customer_id, provider_reason };
        self.say(Context::PAYMENT, payment, 2, of.id, &said)
    }

    pub(crate) fn approved(&mut self, of: Of, payment: Uuid) -> Message {
        let (booking_id, customer_id) = names(of);
        let (payment_id, amount) = (payment.to_string(), Some(won(30_000)));
        let said = payment::PaymentApproved { payment_id, booking_id, customer_id, amount };
        self.say(Context::PAYMENT, payment, 2, of.id, &said)
    }

    pub(crate) fn refunded(&mut self, of: Of, payment: Uuid) -> Message {
        let (booking_id, customer_id) = names(of);
        let (payment_id, amount) = (payment.to_string(), Some(won(30_000)));
        let said = payment::PaymentCancelled { payment_id, booking_id, customer_id, amount };
        self.say(Context::PAYMENT, payment, 4, of.id, &said)
    }

    pub(crate) fn delivery(&mut self, of: Of, called_back: bool) -> Message {
        let (booking_id, customer_id) = names(of);
        let delivery_id = of.id.to_string();
        if called_back {
            let said = delivery::DeliveryCancelled { delivery_id, booking_id, customer_id };
            return self.say(Context::DELIVERY, of.id, 2, of.id, &said);
        }
        let said = delivery::DeliveryStarted {
            delivery_id,
            booking_id,
            customer_id,
            ..Default::default()
        };
        self.say(Context::DELIVERY, of.id, 1, of.id, &said)
    }

    pub(crate) fn license(&mut self, of: Of, watched: bool) -> Message {
        let (booking_id, customer_id) = names(of);
        let (license_id, title_id) = (of.id.to_string(), self.title.to_string());
        if watched {
            let said = streaming::TitleWatched { license_id, booking_id, customer_id, title_id };
            return self.say(Context::STREAMING, of.id, 2, of.id, &said);
        }
        let said = streaming::LicenseGranted { license_id, booking_id, customer_id, title_id };
        self.say(Context::STREAMING, of.id, 1, of.id, &said)
    }

    fn seats(&self, seats: &[&str]) -> booking::ShowingSeats {
        let seats = seats.iter().map(|it| (*it).to_owned()).collect();
        booking::ShowingSeats { showing_id: self.showing.to_string(), seats, quantity: 0 }
    }

    /// Every kind of event at least once, of four bookings, as they would come undisturbed.
    pub(crate) fn recorded() -> Vec<Message> {
        let mut it = Self::new();
        let (seats, later) = (["A-1", "A-2"], Duration::from_secs(7200));
        let (a, b, c, d) = (Of::new("alice"), Of::new("bob"), Of::new("alice"), Of::new("dora"));
        let (declined, approved, at_home) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
        vec![
            it.registered("The Ring", 1),
            it.scheduled(),
            it.placed(a, &seats),
            it.held(a, &seats, 2),
            it.payment_requested(a, declined, 3),
            it.declined(a, declined, "insufficient_funds"),
            it.payment_requested(a, approved, 6),
            it.approved(a, approved),
            it.confirmed(a, &seats, 7),
            it.sold(a, &seats, 3),
            it.delivery(a, false),
            it.placed_at_home(b),
            it.approved(b, at_home),
            it.license(b, false),
            it.license(b, true),
            it.placed(c, &["A-1"]),
            it.rejected(c),
            it.registered("The Ring II", 2),
            it.moved(later, 4),
            it.rescheduled(a, later, 8),
            it.placed(d, &["B-1"]),
            it.held(d, &["B-1"], 5),
            it.cancelled(a, 9),
            it.delivery(a, true),
            it.refunded(a, approved),
        ]
    }
}

fn names(of: Of) -> (String, String) {
    (of.id.to_string(), of.customer.to_owned())
}

fn won(units: i64) -> Money {
    Money { currency_code: "KRW".to_owned(), units, nanos: 0 }
}
