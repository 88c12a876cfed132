//! Kernel words and wire words say the same.

use boxoffice_contracts::booking::v1::Fulfilment;
use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_contracts::google::r#type::{Date, Money as WireMoney};
use boxoffice_contracts::wkt::{Duration, Timestamp};
use boxoffice_kernel::{BookingId, Currency, Fault as _, Kind, Money, Time};
use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;

proptest! {
    #[test]
    fn times_survive(micros in -62_135_596_800_000_000_i64..253_402_300_800_000_000) {
        let time: Time = DateTime::from_timestamp_micros(micros).unwrap();
        prop_assert_eq!(convert::time("at", convert::timestamp(time)), Ok(time));
    }

    #[test]
    fn amounts_survive(minor in 0..100_000_000_i64, at in 0..Currency::ALL.len()) {
        let money = Money::from_minor(minor, Currency::ALL[at]).unwrap();
        prop_assert_eq!(convert::money("amount", &convert::price(money)), Ok(money));
    }

    #[test]
    fn dates_survive(days in -719_162..2_932_896_i32) {
        let date = NaiveDate::from_epoch_days(days).unwrap();
        prop_assert_eq!(convert::date("on", convert::day(date)), Ok(date));
    }
}

#[test]
fn nanoseconds_are_cut_to_microseconds() {
    let time = convert::time("at", Timestamp { seconds: 0, nanos: 1_999 }).unwrap();
    assert_eq!(time.timestamp_subsec_nanos(), 1_000);
}

#[test]
fn what_does_not_convert_names_its_field() {
    let field = "showing.start_time";
    let refused: [Malformed; 8] = [
        convert::time(field, Timestamp { seconds: i64::MAX, nanos: 0 }).unwrap_err(),
        convert::time(field, Timestamp { seconds: 0, nanos: -1 }).unwrap_err(),
        convert::date(field, Date { year: 2026, month: 2, day: 30 }).unwrap_err(),
        convert::date(field, Date { year: 2026, month: 0, day: 0 }).unwrap_err(),
        convert::money(field, &WireMoney::default()).unwrap_err(),
        convert::duration(field, Duration { seconds: -1, nanos: 0 }).unwrap_err(),
        convert::id::<BookingId>(field, "seven").unwrap_err(),
        convert::choice::<Fulfilment>(field, 77).unwrap_err(),
    ];
    for malformed in refused {
        assert_eq!(malformed.kind(), Kind::Invalid);
        assert_eq!(malformed.reason(), "MALFORMED_FIELD");
        assert_eq!(malformed.field(), Some(field), "{malformed}");
    }
    let missing = convert::required::<u8>(field, None).unwrap_err();
    assert_eq!(missing.to_string(), "`showing.start_time` is required");
}
