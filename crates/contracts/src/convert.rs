//! Kernel words ⇄ wire words. What cannot be converted is the caller's mistake, and its field is named.

use std::str::FromStr;
use std::time::Duration;

use boxoffice_kernel::{Fault, Kind, Money, Time};
use chrono::{DateTime, NaiveDate};
use uuid::Uuid;

use crate::google::r#type as google;
use crate::wkt;

/// A field of a request does not hold what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {problem}")]
pub struct Malformed {
    field: String,
    problem: String,
}

// === impl Malformed ===

impl Malformed {
    /// `problem` is read after the field's name: `must be a UUID`.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}

impl Fault for Malformed {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        "MALFORMED_FIELD"
    }

    fn field(&self) -> Option<&str> {
        Some(&self.field)
    }
}

/// What has to be there.
pub fn required<T>(field: &str, value: Option<T>) -> Result<T, Malformed> {
    value.ok_or_else(|| Malformed::new(field, "is required"))
}

/// A UUID.
pub fn uuid(field: &str, text: &str) -> Result<Uuid, Malformed> {
    id(field, text)
}

/// A UUID as the id it is: `id::<BookingId>("booking_id", &request.booking_id)`.
pub fn id<T: FromStr<Err = uuid::Error>>(field: &str, text: &str) -> Result<T, Malformed> {
    text.parse().map_err(|_| Malformed::new(field, "must be a UUID"))
}

/// An enum's value; one that this version does not know is malformed.
pub fn choice<T: TryFrom<i32>>(field: &str, number: i32) -> Result<T, Malformed> {
    T::try_from(number).map_err(|_| Malformed::new(field, "must be one of its enum's values"))
}

/// A moment, cut to the microsecond.
pub fn time(field: &str, time: wkt::Timestamp) -> Result<Time, Malformed> {
    let time = time.to_time().map(|time| time.timestamp_micros());
    let time = time.and_then(DateTime::from_timestamp_micros);
    time.ok_or_else(|| Malformed::new(field, "must be a moment of the years 1 to 9999"))
}

/// A moment, for the wire.
pub fn timestamp(time: Time) -> wkt::Timestamp {
    time.into()
}

/// A length of time, never negative.
pub fn duration(field: &str, duration: wkt::Duration) -> Result<Duration, Malformed> {
    let seconds = u64::try_from(duration.seconds).ok();
    let nanos = u32::try_from(duration.nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
    match (seconds, nanos) {
        (Some(seconds), Some(nanos)) => Ok(Duration::new(seconds, nanos)),
        (None, _) | (_, None) => Err(Malformed::new(field, "must be a length of time")),
    }
}

/// An amount in a currency we sell in.
pub fn money(field: &str, money: &google::Money) -> Result<Money, Malformed> {
    Money::from_units(&money.currency_code, money.units, money.nanos)
        .map_err(|unsound| Malformed::new(field, format!("is not an amount: {unsound}")))
}

/// An amount, for the wire.
pub fn price(money: Money) -> google::Money {
    let (units, nanos) = money.to_units();
    google::Money { currency_code: money.currency().code().to_owned(), units, nanos }
}

/// A full date.
pub fn date(field: &str, date: google::Date) -> Result<NaiveDate, Malformed> {
    let part = |number: i32| u32::try_from(number).ok();
    let year = (1..=9999).contains(&date.year).then_some(date.year);
    let date = match (year, part(date.month), part(date.day)) {
        (Some(year), Some(month), Some(day)) => NaiveDate::from_ymd_opt(year, month, day),
        (None, _, _) | (_, None, _) | (_, _, None) => None,
    };
    date.ok_or_else(|| Malformed::new(field, "must be a full date of the calendar"))
}

/// A full date, for the wire.
pub fn day(date: NaiveDate) -> google::Date {
    use chrono::Datelike as _;
    let part = |number: u32| i32::try_from(number).unwrap_or_default();
    google::Date { year: date.year(), month: part(date.month()), day: part(date.day()) }
}
