//! Messages in proto3 JSON.

use boxoffice_contracts::booking::v1::{
    Booking, BookingState, ShowingSeats, booking::Item as Booked,
};
use boxoffice_contracts::catalog::v1::{Title, UpdateTitleRequest};
use boxoffice_contracts::google::r#type::{Date, Money};
use boxoffice_contracts::wkt::{Duration, FieldMask, Timestamp};
use serde_json::{from_value, json, to_value};

#[test]
fn a_booking_reads_as_its_contract_says() {
    let booking = Booking {
        booking_id: "b".to_owned(),
        state: BookingState::AwaitingPayment.into(),
        item: Some(Booked::Showing(ShowingSeats {
            showing_id: "s".to_owned(),
            seats: vec!["C-12".to_owned()],
            quantity: 0,
        })),
        amount: Some(Money { currency_code: "EUR".to_owned(), units: 12, nanos: 500_000_000 }),
        expire_time: Some(Timestamp { seconds: 1_795_289_400, nanos: 250_000_000 }),
        version: 3,
        ..Default::default()
    };
    let written = to_value(&booking).unwrap();
    assert_eq!(
        written,
        json!({
            "bookingId": "b",
            "state": "BOOKING_STATE_AWAITING_PAYMENT",
            "showing": {"showingId": "s", "seats": ["C-12"]},
            "amount": {"currencyCode": "EUR", "units": "12", "nanos": 500_000_000},
            "expireTime": "2026-11-21T19:30:00.250Z",
            "version": "3",
        })
    );
    assert_eq!(from_value::<Booking>(written).unwrap(), booking);
}

#[test]
fn a_title_comes_back_as_it_was() {
    let title = Title {
        name: "Ran".to_owned(),
        running_time: Some(Duration { seconds: 9_720, nanos: 0 }),
        run_start: Some(Date { year: 2026, month: 11, day: 21 }),
        create_time: Some(Timestamp { seconds: 0, nanos: 1_000 }),
        ..Default::default()
    };
    let written = to_value(&title).unwrap();
    assert_eq!(written["runningTime"], "9720s");
    assert_eq!(written["createTime"], "1970-01-01T00:00:00.000001Z");
    assert_eq!(from_value::<Title>(written).unwrap(), title);
}

#[test]
fn a_field_mask_is_one_string() {
    let mask = FieldMask { paths: vec!["name".to_owned(), "home_price".to_owned()] };
    assert_eq!(to_value(&mask).unwrap(), json!("name,homePrice"));
    for text in ["name,homePrice", "name, home_price", "name,,homePrice,"] {
        let request: UpdateTitleRequest = from_value(json!({"updateMask": text})).unwrap();
        assert_eq!(request.update_mask.as_ref(), Some(&mask), "{text}");
    }
}

#[test]
fn proto_names_are_read_as_well() {
    let seats: ShowingSeats = from_value(json!({"showing_id": "s", "quantity": 2})).unwrap();
    assert_eq!((seats.showing_id.as_str(), seats.quantity), ("s", 2));
}

#[test]
fn what_is_not_in_the_contract_is_refused() {
    let malformed = [
        json!({"showingID": "s"}),
        json!({"showingId": 7}),
        json!({"quantity": 1.5}),
        json!({"quantity": 5_000_000_000_i64}),
        json!({"seats": "C-12"}),
        json!([]),
    ];
    for value in malformed {
        assert!(from_value::<ShowingSeats>(value.clone()).is_err(), "{value}");
    }
    for time in ["yesterday", "2026-11-21", "+12026-11-21T00:00:00Z", "0000-01-01T00:00:00Z"] {
        assert!(from_value::<Timestamp>(json!(time)).is_err(), "{time}");
    }
    assert!(from_value::<Booking>(json!({"state": "BOOKING_STATE_LOST"})).is_err());
}

#[test]
fn a_time_in_another_zone_is_the_same_moment() {
    let there: Timestamp = from_value(json!("2026-11-22T04:30:00+09:00")).unwrap();
    let here: Timestamp = from_value(json!("2026-11-21T19:30:00Z")).unwrap();
    assert_eq!(there, here);
}
