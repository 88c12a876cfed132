//! A showing of ten seats, in memory.

use std::sync::Arc;

use boxoffice_kernel::{BookingId, Currency, Money, ShowingId, Time, TitleId};
use boxoffice_seating::Error;
use boxoffice_seating::commands::{
    Answer, Command, HoldSeats, ReleaseSeats, ScheduleShowing, Seating, SellSeats,
};
use boxoffice_seating::domain::{
    Ask, Hall, HallId, Layout, Outcome, Prices, Refusal, Row, SeatName, Showing, Slot,
};
use boxoffice_seating::store::Unit;
use chrono::{DateTime, TimeDelta};
use uuid::Uuid;

pub(crate) const SHOWING: ShowingId = ShowingId(Uuid::from_u128(1));
pub(crate) const TITLE: TitleId = TitleId(Uuid::from_u128(2));

/// Where all of this takes place.
pub(crate) struct Stage {
    pub(crate) unit: Unit,
}

pub(crate) fn now() -> Time {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub(crate) fn in_minutes(minutes: i64) -> Time {
    now() + TimeDelta::minutes(minutes)
}

pub(crate) fn tonight() -> Slot {
    Slot::new(in_minutes(60), in_minutes(180)).unwrap()
}

pub(crate) fn euros(euros: i64) -> Money {
    Money::from_minor(euros * 100, Currency::Eur).unwrap()
}

pub(crate) fn booking(n: u128) -> BookingId {
    BookingId(Uuid::from_u128(n))
}

pub(crate) fn seats(names: &[&str]) -> Ask {
    Ask::new(names.iter().map(|name| SeatName::new(name)).collect(), 0).unwrap()
}

pub(crate) fn quantity(quantity: u32) -> Ask {
    Ask::new(Vec::new(), quantity).unwrap()
}

/// Row A: 4 VIP seats; row B: 8 seats of which 2 are a pillar. Ten in all.
pub(crate) fn rows() -> Vec<Row> {
    let row = |label: &str, seats, grade: &str| Row {
        label: label.to_owned(),
        seats,
        grade: grade.to_owned(),
        blocked: [].into(),
        accessible: [].into(),
        curve: 0,
    };
    vec![row("A", 4, "VIP"), Row { blocked: [3, 4].into(), ..row("B", 8, "R") }]
}

pub(crate) fn prices() -> Arc<Prices> {
    let prices = vec![("VIP".to_owned(), euros(90)), ("R".to_owned(), euros(50))];
    Arc::new(Prices::new(prices).unwrap())
}

pub(crate) fn seat_map() -> Seating {
    Seating::Rows { layout: Arc::new(Layout::new(rows()).unwrap()), prices: prices() }
}

pub(crate) fn hall() -> Hall {
    Hall {
        id: HallId::new("big-hall").unwrap(),
        name: "Big Hall".to_owned(),
        layout: Arc::new(Layout::new(rows()).unwrap()),
    }
}

pub(crate) fn general(capacity: u32) -> Seating {
    Seating::General { capacity, price: euros(12) }
}

pub(crate) fn schedule(seating: Seating) -> ScheduleShowing {
    ScheduleShowing {
        showing_id: SHOWING,
        fingerprint: Uuid::from_u128(3),
        title_id: TITLE,
        venue: "Odeon".to_owned(),
        slot: tonight(),
        seating,
    }
}

/// What refused it.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Error>) -> Refusal {
    let error = answer.unwrap_err();
    let Error::Refused(refusal) = error else { panic!("{error}") };
    refusal
}

// === impl Stage ===

impl Stage {
    /// An hour before a showing with ten seats.
    pub(crate) fn with(seating: Seating) -> Self {
        let mut stage = Self { unit: Unit::new(now()) };
        stage.run(Command::Schedule(schedule(seating))).unwrap();
        stage.unit.take_events();
        stage
    }

    /// Time goes by; all else stays as it is.
    pub(crate) fn at(self, now: Time) -> Self {
        Self { unit: self.unit.at(now) }
    }

    pub(crate) fn run(&mut self, command: Command) -> Result<Answer, Error> {
        command.decide(&mut self.unit)
    }

    pub(crate) fn hold(&mut self, n: u128, ask: Ask) -> Result<Outcome, Error> {
        let hold = HoldSeats { booking_id: booking(n), showing_id: SHOWING, ask };
        self.run(Command::Hold(hold))?.outcome()
    }

    pub(crate) fn sell(&mut self, n: u128, booking_version: u64) -> Result<(), Error> {
        let booking_id = booking(n);
        let sell = SellSeats { booking_id, showing_id: SHOWING, booking_version };
        self.run(Command::Sell(sell)).map(drop)
    }

    pub(crate) fn release(&mut self, n: u128, booking_version: u64) -> Result<(), Error> {
        let booking_id = booking(n);
        let release = ReleaseSeats { booking_id, showing_id: SHOWING, booking_version };
        self.run(Command::Release(release)).map(drop)
    }

    pub(crate) fn showing(&self) -> &Showing {
        self.unit.showing(SHOWING).unwrap()
    }

    /// Held, sold, left.
    pub(crate) fn counts(&self) -> (u32, u32, u32) {
        let showing = self.showing();
        (showing.held, showing.sold, showing.seats_left())
    }
}
