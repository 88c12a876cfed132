//! What the box office puts on.

use std::time::Duration;

use boxoffice_contracts::convert::timestamp;
use boxoffice_contracts::google::r#type::Money;
use boxoffice_contracts::seating::v1::schedule_showing_request::Admission;
use boxoffice_contracts::seating::v1::{
    GeneralAdmission, GradePrice, Row, ScheduleShowingRequest, SeatMap,
};
use boxoffice_contracts::wkt::Timestamp;
use boxoffice_kernel::Clock;

use crate::id;

/// A showing to be scheduled: of a title nobody asks about, in an hour, for two hours, unless said otherwise.
#[derive(Clone, Debug)]
pub struct Plan(ScheduleShowingRequest);

const HOUR: Duration = Duration::from_secs(3600);

/// An amount in won.
#[must_use]
pub fn won(amount: i64) -> Money {
    Money { currency_code: "KRW".to_owned(), units: amount, nanos: 0 }
}

/// A moment.
#[must_use]
pub fn in_future(after: Duration) -> Timestamp {
    timestamp(Clock.now() + after)
}

// === impl Plan ===

impl Plan {
    /// So many places without names, at this price.
    #[must_use]
    pub fn general(capacity: i32, price: i64) -> Self {
        Self::of(Admission::GeneralAdmission(GeneralAdmission {
            capacity,
            price: Some(won(price)),
        }))
    }

    /// Rows of a length, labelled A, B, C …, all of grade `R` at this price.
    #[must_use]
    pub fn rows(rows: u8, seats: i32, price: i64) -> Self {
        let label = |row| char::from(b'A' + row).to_string();
        let row = |row| Row { label: label(row), seats, grade: "R".to_owned(), ..Row::default() };
        Self::seat_map((0..rows).map(row).collect(), &[("R", price)])
    }

    /// A layout of its own.
    #[must_use]
    pub fn seat_map(rows: Vec<Row>, prices: &[(&str, i64)]) -> Self {
        let hall_id = String::new();
        Self::of(Admission::SeatMap(SeatMap { hall_id, rows, prices: self::prices(prices) }))
    }

    /// A hall that was saved before.
    #[must_use]
    pub fn hall(hall_id: &str, prices: &[(&str, i64)]) -> Self {
        let hall_id = hall_id.to_owned();
        let prices = self::prices(prices);
        Self::of(Admission::SeatMap(SeatMap { hall_id, rows: Vec::new(), prices }))
    }

    /// It begins after so long. It lasts as long as before.
    #[must_use]
    pub fn starts_in(mut self, after: Duration) -> Self {
        self.0.start_time = Some(in_future(after));
        self.0.end_time = Some(in_future(after + 2 * HOUR));
        self
    }

    /// It shows this title.
    #[must_use]
    pub fn of_title(mut self, title_id: &str) -> Self {
        title_id.clone_into(&mut self.0.title_id);
        self
    }

    /// The request as it is sent.
    #[must_use]
    pub fn request(self) -> ScheduleShowingRequest {
        self.0
    }

    fn of(admission: Admission) -> Self {
        Self(ScheduleShowingRequest {
            request_id: id(),
            title_id: id(),
            venue: "The Playhouse".to_owned(),
            start_time: Some(in_future(HOUR)),
            end_time: Some(in_future(3 * HOUR)),
            admission: Some(admission),
        })
    }
}

fn prices(prices: &[(&str, i64)]) -> Vec<GradePrice> {
    let price = |(grade, price): &(&str, i64)| GradePrice {
        grade: (*grade).to_owned(),
        price: Some(won(*price)),
    };
    prices.iter().map(price).collect()
}
