//! A request that breaks a rule of its contract is named by field, and reaches no handler.

#![expect(clippy::unwrap_used, reason = "a test ends where an expectation does")]

use boxoffice_contracts::booking::v1::{
    HomeMovie, ListBookingsRequest, PlaceBookingRequest, ShowingSeats, place_booking_request::Item,
};
use boxoffice_contracts::catalog::v1::{RegisterTitleRequest, Title};
use boxoffice_contracts::codec::refusal;
use boxoffice_contracts::seating::v1::{
    GeneralAdmission, Hall, Row, SaveHallRequest, ScheduleShowingRequest,
    schedule_showing_request::Admission,
};
use prost_protovalidate::Validate;
use tonic::Code;
use tonic_types::StatusExt as _;

const ID: &str = "0198d0a5-7c1b-7b3e-9c53-5c4c3f6f4f10";

/// The fields a request breaks rules in, as the caller is told.
fn broken(request: &impl Validate) -> Vec<String> {
    let Err(error) = request.validate() else { return Vec::new() };
    let status = refusal(&error);
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("INVALID_FIELD", "boxoffice"));
    let violations = &details.bad_request().unwrap().field_violations;
    violations.iter().map(|it| format!("{} {}", it.field, it.description)).collect()
}

fn placing(item: Option<Item>) -> PlaceBookingRequest {
    PlaceBookingRequest { request_id: ID.to_owned(), item, ..Default::default() }
}

fn seats(seats: &[&str], quantity: i32) -> Item {
    let seats = seats.iter().map(|&seat| seat.to_owned()).collect();
    Item::Showing(ShowingSeats { showing_id: ID.to_owned(), seats, quantity })
}

#[test]
fn a_sound_request_passes() {
    let none: [String; 0] = [];
    assert_eq!(broken(&placing(Some(seats(&["C-12"], 0)))), none);
    assert_eq!(broken(&placing(Some(seats(&[], 4)))), none);
    assert_eq!(broken(&ListBookingsRequest::default()), none);
}

#[test]
fn a_missing_oneof_is_named() {
    assert_eq!(broken(&placing(None)), ["item is required"]);
}

#[test]
fn what_is_inside_a_oneof_is_validated_too() {
    let film = Item::HomeMovie(HomeMovie { title_id: "film 7".to_owned() });
    assert_eq!(broken(&placing(Some(film))), ["home_movie.title_id must be a UUID"]);
    let negative = broken(&placing(Some(seats(&[], -1))));
    assert_eq!(negative, ["showing.quantity must be greater than or equal to 0"]);
    let nameless = broken(&placing(Some(seats(&["A-1", ""], 0))));
    assert_eq!(nameless, ["showing.seats[1] length must be at least 1 characters"]);
}

#[test]
fn every_broken_rule_is_told_at_once() {
    let request = PlaceBookingRequest {
        request_id: "seven".to_owned(),
        payment_method: "x".repeat(201),
        fulfilment: 77,
        ..placing(None)
    };
    assert_eq!(
        broken(&request),
        [
            "request_id must be a UUID",
            "payment_method length must be at most 200 characters",
            "fulfilment must be one of its enum's values",
            "item is required",
        ]
    );
}

#[test]
fn nested_messages_are_validated_with_their_paths() {
    let row = |label: &str| Row {
        label: label.to_owned(),
        seats: 10,
        grade: "VIP".to_owned(),
        ..Default::default()
    };
    let hall = Hall {
        hall_id: "grand-theatre".to_owned(),
        name: "Grand Theatre".to_owned(),
        rows: vec![row("A"), row("B 1")],
    };
    let broken = broken(&SaveHallRequest { hall: Some(hall) });
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert!(broken[0].starts_with("hall.rows[1].label "), "{broken:?}");
}

#[test]
fn required_messages_are_required() {
    let request = RegisterTitleRequest { request_id: ID.to_owned(), title: None };
    assert_eq!(broken(&request), ["title is required"]);
    let request = ScheduleShowingRequest {
        request_id: ID.to_owned(),
        title_id: ID.to_owned(),
        admission: Some(Admission::GeneralAdmission(GeneralAdmission { capacity: 0, price: None })),
        ..Default::default()
    };
    let broken = broken(&request);
    for field in
        ["start_time ", "end_time ", "general_admission.capacity ", "general_admission.price "]
    {
        assert!(broken.iter().any(|it| it.starts_with(field)), "{field} in {broken:?}");
    }
}

#[test]
fn an_unknown_kind_of_title_is_refused() {
    let title = Title { kind: 99, name: "Ran".to_owned(), ..Default::default() };
    let request = RegisterTitleRequest { request_id: ID.to_owned(), title: Some(title) };
    assert_eq!(broken(&request), ["title.kind must be one of its enum's values"]);
}
