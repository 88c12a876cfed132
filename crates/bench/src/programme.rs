//! What is on sale, and who asks for which of it.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context as _, Result};
use boxoffice_contracts::booking::v1::place_booking_request::Item;
use boxoffice_contracts::booking::v1::{PlaceBookingRequest, ShowingSeats};
use boxoffice_contracts::convert::timestamp;
use boxoffice_contracts::google::r#type::Money;
use boxoffice_contracts::seating::v1::schedule_showing_request::Admission;
use boxoffice_contracts::seating::v1::{
    GeneralAdmission, GradePrice, Row, ScheduleShowingRequest, SeatMap,
};
use boxoffice_kernel::{Clock, Context};
use boxoffice_testkit::clients::Client;
use futures::future::try_join_all;
use uuid::Uuid;

use crate::args::Scene;
use crate::bed::Bed;

/// Showings, and how far they are booked.
#[derive(Debug)]
pub(crate) struct Programme {
    shows: Vec<Show>,
    asked: Cell<usize>,
}

#[derive(Debug)]
struct Show {
    showing_id: String,
    /// `None`: general admission.
    next_seat: Option<Cell<i32>>,
}

/// Many enough that their rows are seldom wanted twice at the same moment.
const SHOWS: usize = 64;
/// More than are sold while anything is measured.
const ROWS: i32 = 50;
const ROW: i32 = 50;
const CAPACITY: i32 = 1_000_000;
/// Seats of one booking.
const SEATS: i32 = 2;

const HOUR: Duration = Duration::from_secs(3600);

// === impl Programme ===

impl Programme {
    /// Puts fresh showings on sale.
    pub(crate) async fn put_on(bed: &Bed, scene: Scene) -> Result<Self> {
        let office = Office::open(bed)?;
        let shows = match scene {
            Scene::Hot => vec![office.show(general(CAPACITY)).await?],
            Scene::Spread => {
                let admission = |at: usize| {
                    if at.is_multiple_of(2) { general(CAPACITY) } else { seat_map(ROWS, ROW) }
                };
                try_join_all((0..SHOWS).map(|at| office.show(admission(at)))).await?
            }
        };
        Ok(Self { shows, asked: Cell::default() })
    }

    /// What the next caller wants: seats that nobody else asks for.
    pub(crate) fn next(&self) -> PlaceBookingRequest {
        let asked = self.asked.get();
        self.asked.set(asked + 1);
        let show = &self.shows[asked % self.shows.len()];
        match &show.next_seat {
            Some(next) if next.get() + SEATS <= ROWS * ROW => {
                let first = next.get();
                next.set(first + SEATS);
                named(&show.showing_id, first, SEATS)
            }
            Some(_) | None => places(&self.shows[0].showing_id, SEATS),
        }
    }
}

/// Whoever may put showings on sale.
#[derive(Debug)]
pub(crate) struct Office(Client);

// === impl Office ===

impl Office {
    pub(crate) fn open(bed: &Bed) -> Result<Self> {
        let token = bed.issuer.token("bench", &["admin"])?;
        Ok(Self(Client::new(bed.url(Context::SEATING), Some(&token))?))
    }

    /// General admission; its id.
    pub(crate) async fn general(&self, capacity: i32) -> Result<String> {
        Ok(self.show(general(capacity)).await?.showing_id)
    }

    /// Identified seats, in rows of 50; its id.
    pub(crate) async fn seat_map(&self, rows: i32) -> Result<String> {
        Ok(self.show(seat_map(rows, ROW)).await?.showing_id)
    }

    async fn show(&self, admission: Admission) -> Result<Show> {
        let start = Clock.now() + 24 * HOUR;
        let next_seat = matches!(admission, Admission::SeatMap(_)).then(Cell::default);
        let request = ScheduleShowingRequest {
            request_id: Uuid::new_v4().to_string(),
            title_id: Uuid::new_v4().to_string(),
            venue: "The Bench".to_owned(),
            start_time: Some(timestamp(start)),
            end_time: Some(timestamp(start + 2 * HOUR)),
            admission: Some(admission),
        };
        let answer = self.0.seating().schedule_showing(request).await?.into_inner();
        let showing_id = answer.showing.context("a showing that is none")?.showing_id;
        Ok(Show { showing_id, next_seat })
    }
}

/// A request for so many places.
pub(crate) fn places(showing_id: &str, quantity: i32) -> PlaceBookingRequest {
    request(ShowingSeats { showing_id: showing_id.to_owned(), seats: Vec::new(), quantity })
}

/// A request for so many seats beside each other, counted from the front.
pub(crate) fn named(showing_id: &str, first: i32, count: i32) -> PlaceBookingRequest {
    let seats =
        (first..first + count).map(|seat| format!("R{}-{}", seat / ROW + 1, seat % ROW + 1));
    let (showing_id, seats) = (showing_id.to_owned(), seats.collect());
    request(ShowingSeats { showing_id, seats, quantity: 0 })
}

fn request(showing: ShowingSeats) -> PlaceBookingRequest {
    PlaceBookingRequest {
        request_id: Uuid::new_v4().to_string(),
        item: Some(Item::Showing(showing)),
        payment_method: "pm_card_visa".to_owned(),
        ..PlaceBookingRequest::default()
    }
}

fn general(capacity: i32) -> Admission {
    Admission::GeneralAdmission(GeneralAdmission { capacity, price: Some(won(9_000)) })
}

fn seat_map(rows: i32, row: i32) -> Admission {
    let grade = || "R".to_owned();
    let rows = (1..=rows).map(|number| Row {
        label: format!("R{number}"),
        seats: row,
        grade: grade(),
        ..Row::default()
    });
    let prices = vec![GradePrice { grade: grade(), price: Some(won(12_000)) }];
    Admission::SeatMap(SeatMap { hall_id: String::new(), rows: rows.collect(), prices })
}

fn won(units: i64) -> Money {
    Money { currency_code: "KRW".to_owned(), units, nanos: 0 }
}
