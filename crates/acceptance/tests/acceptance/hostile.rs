//! Bad input, by gRPC and by HTTP alike: one typed error each, never INTERNAL, and nothing is written.

use std::time::Duration;

use boxoffice_acceptance::booking::v1::PlaceBookingRequest;
use boxoffice_acceptance::booking::v1::place_booking_request::Item;
use boxoffice_acceptance::seating::v1::ScheduleShowingRequest;
use boxoffice_acceptance::seating::v1::schedule_showing_request::Admission;
use boxoffice_acceptance::{
    Context, Person, Plan, Refused as _, VISA, Wish, World, id, in_both_shared, in_future,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tonic::Code;

/// Makes a request a bad one.
type Spoil = Box<dyn Fn(&mut ScheduleShowingRequest)>;

/// What a bad booking is told: the code, the reason, the field by its proto path.
struct Case {
    what: &'static str,
    wish: Wish,
    told: (Code, &'static str, &'static str),
}

fn case(what: &'static str, wish: Wish, told: (Code, &'static str, &'static str)) -> Case {
    Case { what, wish, told }
}

fn bad_bookings(places: &str, rows: &str) -> Vec<Case> {
    let invalid = |reason, field| (Code::InvalidArgument, reason, field);
    let seats: Vec<String> = (1..=101).map(|n| format!("A-{n}")).collect();
    vec![
        case(
            "a malformed showing id",
            Wish::places("nope", 1),
            invalid("INVALID_FIELD", "showing.showing_id"),
        ),
        case(
            "an unknown showing",
            Wish::places(&id(), 1),
            (Code::NotFound, "SHOWING_NOT_FOUND", "showing.showing_id"),
        ),
        case(
            "an unknown title",
            Wish::home_movie(&id()),
            (Code::NotFound, "TITLE_NOT_FOUND", "home_movie.title_id"),
        ),
        case(
            "a malformed request id",
            Wish::places(places, 1).under("nope"),
            invalid("INVALID_FIELD", "request_id"),
        ),
        case(
            "no request id",
            Wish::places(places, 1).under(""),
            invalid("INVALID_FIELD", "request_id"),
        ),
        case(
            "no places",
            Wish::places(places, 0),
            invalid("SEATS_OR_QUANTITY_REQUIRED", "showing"),
        ),
        case(
            "minus one place",
            Wish::places(places, -1),
            invalid("INVALID_FIELD", "showing.quantity"),
        ),
        case("101 places", Wish::places(places, 101), invalid("TOO_MANY_SEATS", "showing")),
        case("101 seats", Wish::seats(rows, &seats), invalid("TOO_MANY_SEATS", "showing")),
        case(
            "the same seat twice",
            Wish::seats(rows, &["A-1", "A-1"]),
            invalid("SEAT_TWICE", "showing.seats"),
        ),
        case(
            "a seat that is not there",
            Wish::seats(rows, &["Z-99"]),
            invalid("SEAT_UNKNOWN", "showing.seats"),
        ),
        case(
            "seats of general admission",
            Wish::seats(places, &["A-1"]),
            invalid("QUANTITY_REQUIRED", "showing.quantity"),
        ),
        case(
            "a quantity of numbered seats",
            Wish::places(rows, 1),
            invalid("SEATS_REQUIRED", "showing.seats"),
        ),
        case(
            "seats and a quantity",
            Wish::seats(rows, &["A-1"]).but(both),
            invalid("SEATS_AND_QUANTITY", "showing"),
        ),
        case(
            "nothing",
            Wish::places(places, 1).but(|it| it.item = None),
            invalid("INVALID_FIELD", "item"),
        ),
        case(
            "an overlong method",
            Wish::places(places, 1).paid_by(&"x".repeat(201)),
            invalid("INVALID_FIELD", "payment_method"),
        ),
        case(
            "an overlong name",
            Wish::places(places, 1).but(long_name),
            invalid("INVALID_FIELD", "contact.name"),
        ),
        case(
            "an unknown fulfilment",
            Wish::places(places, 1).but(|it| it.fulfilment = 99),
            invalid("INVALID_FIELD", "fulfilment"),
        ),
        case(
            "post without an address",
            Wish::places(places, 1).but(|it| it.fulfilment = 2),
            invalid("MALFORMED_FIELD", "fulfilment"),
        ),
    ]
}

fn both(request: &mut PlaceBookingRequest) {
    if let Some(Item::Showing(showing)) = &mut request.item {
        showing.quantity = 1;
    }
}

fn long_name(request: &mut PlaceBookingRequest) {
    request.contact.get_or_insert_default().name = "x".repeat(201);
}

/// NFR-04: every bad booking by gRPC, then the same as JSON.
async fn a_bad_booking_is_one_typed_error_and_nothing_is_written(world: World) {
    let (admin, mallory) = (world.admin(), world.customer("mallory"));
    let places = admin.schedule(Plan::general(10, 9_000)).await;
    let rows = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    for Case { what, wish, told: (code, reason, field) } in bad_bookings(&places, &rows) {
        let refusal = mallory.place(wish.clone()).await.refused();
        assert_eq!((refusal.code, &*refusal.reason), (code, reason), "{what}: {refusal:?}");
        assert!(refusal.fields.iter().any(|it| it == field), "{what}: {refusal:?}");

        // What JSON cannot even say is refused by its reader; `bytes_that_are_no_request` has that.
        let Ok(body) = serde_json::to_value(wish.request()) else { continue };
        let (status, error) = post(&mallory, "/v1/bookings", body).await;
        assert_eq!(error["details"][0]["reason"], reason, "{what}: {error}");
        assert_eq!(status, http_status(code), "{what}: {error}");
    }
    admin.sees_seats(&places, 10, 0, 0).await;
    admin.sees_seats(&rows, 10, 0, 0).await;
    let written = mallory.bookings().await.unwrap();
    assert!(written.iter().all(|it| it.rejection.is_some()), "{written:?}");
    assert!(written.len() <= 1, "only a hold learns that a seat does not exist: {written:?}");
}
in_both_shared!(a_bad_booking_is_one_typed_error_and_nothing_is_written);

/// FR-41: what has started is not sold.
async fn a_past_showing_is_refused_before_anything_is_written(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing =
        admin.schedule(Plan::general(10, 9_000).starts_in(Duration::from_millis(800))).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let refusal = alice.place(Wish::places(&showing, 1).paid_by(VISA)).await.refused();
    refusal.with(Code::FailedPrecondition, "SHOWING_STARTED").of("showing.showing_id");
    assert_eq!(alice.bookings().await.unwrap(), []);
}
in_both_shared!(a_past_showing_is_refused_before_anything_is_written);

/// FR-03: a showing that cannot be is not scheduled.
async fn a_bad_showing_is_one_typed_error(world: World) {
    let admin = world.admin();
    let wrong_currency = |admission: &mut Option<Admission>| {
        if let Some(Admission::GeneralAdmission(general)) = admission {
            general.price.get_or_insert_default().currency_code = "XXX".to_owned();
        }
    };
    let no_capacity = |admission: &mut Option<Admission>| {
        if let Some(Admission::GeneralAdmission(general)) = admission {
            general.capacity = 0;
        }
    };
    let cases: [(&str, Spoil); 8] = [
        ("end before start", Box::new(|it| it.end_time = Some(in_future(Duration::from_secs(60))))),
        (
            "a start in the past",
            Box::new(|it| {
                it.start_time =
                    Some(boxoffice_acceptance::wkt::Timestamp { seconds: 1_000, nanos: 0 });
                it.end_time =
                    Some(boxoffice_acceptance::wkt::Timestamp { seconds: 2_000, nanos: 0 });
            }),
        ),
        (
            "a start that not every store can keep",
            Box::new(|it| {
                let in_2100 = 4_102_444_800;
                let moment = |seconds| boxoffice_acceptance::wkt::Timestamp { seconds, nanos: 0 };
                it.start_time = Some(moment(in_2100));
                it.end_time = Some(moment(in_2100 + 3_600));
            }),
        ),
        ("a title that is no UUID", Box::new(|it| it.title_id = "nope".to_owned())),
        ("an overlong venue", Box::new(|it| it.venue = "x".repeat(201))),
        ("no admission", Box::new(|it| it.admission = None)),
        ("a currency nobody knows", Box::new(move |it| wrong_currency(&mut it.admission))),
        ("no capacity", Box::new(move |it| no_capacity(&mut it.admission))),
    ];
    for (what, spoil) in cases {
        let mut request = Plan::general(10, 9_000).request();
        spoil(&mut request);
        let answer = admin.client(Context::SEATING).seating().schedule_showing(request).await;
        let refusal = answer.refused();
        assert_eq!(refusal.code, Code::InvalidArgument, "{what}: {refusal:?}");
        assert!(!refusal.fields.is_empty(), "{what} names its field: {refusal:?}");
    }
}
in_both_shared!(a_bad_showing_is_one_typed_error);

/// Bytes that are no request: broken JSON, an unknown field, another content type, five megabytes.
async fn bytes_that_are_no_request_are_refused(world: World) {
    let mallory = world.customer("mallory");
    let cases: [(&str, &str, Vec<u8>, StatusCode, &str); 5] = [
        (
            "broken JSON",
            "application/json",
            b"{\"requestId\":".to_vec(),
            StatusCode::BAD_REQUEST,
            "MALFORMED_REQUEST",
        ),
        (
            "an unknown field",
            "application/json",
            b"{\"nonsense\": 1}".to_vec(),
            StatusCode::BAD_REQUEST,
            "MALFORMED_REQUEST",
        ),
        (
            "a list for an object",
            "application/json",
            b"[]".to_vec(),
            StatusCode::BAD_REQUEST,
            "MALFORMED_REQUEST",
        ),
        (
            "another content type",
            "text/xml",
            b"<booking/>".to_vec(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "five megabytes",
            "application/json",
            vec![b' '; 5 << 20],
            StatusCode::PAYLOAD_TOO_LARGE,
            "REQUEST_TOO_LARGE",
        ),
    ];
    for (what, content_type, body, status, reason) in cases {
        let request = mallory.client(Context::BOOKING).http(Method::POST, "/v1/bookings");
        let answer = request.header("content-type", content_type).body(body).send().await.unwrap();
        assert_eq!(answer.status(), status, "{what}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["details"][0]["reason"], reason, "{what}: {body}");
    }
    let five_megabytes = Wish::places(&id(), 1).paid_by(&"x".repeat(5 << 20));
    let refusal = mallory.place(five_megabytes).await.refused();
    refusal.with(Code::OutOfRange, "REQUEST_TOO_LARGE");
    assert_eq!(mallory.bookings().await.unwrap(), []);
}
in_both_shared!(bytes_that_are_no_request_are_refused);

/// Unknown ids in every command about a booking.
async fn an_unknown_booking_is_not_found(world: World) {
    let mallory = world.customer("mallory");
    let unknown = id();
    mallory.get(&unknown).await.refused().with(Code::NotFound, "BOOKING_NOT_FOUND");
    mallory.cancel(&unknown).await.refused().with(Code::NotFound, "BOOKING_NOT_FOUND");
    mallory.pay(&unknown, VISA).await.refused().with(Code::NotFound, "BOOKING_NOT_FOUND");
    let malformed = mallory.get("nope").await.refused();
    malformed.with(Code::InvalidArgument, "INVALID_FIELD").of("booking_id");
    mallory.showing(&unknown).await.refused().with(Code::NotFound, "SHOWING_NOT_FOUND");
}
in_both_shared!(an_unknown_booking_is_not_found);

async fn post(person: &Person, path: &str, body: Value) -> (StatusCode, Value) {
    let request = person.client(Context::BOOKING).http(Method::POST, path);
    let answer = request.json(&body).send().await.unwrap();
    let status = answer.status();
    let mut body: Value = answer.json().await.unwrap_or_else(|_| json!({}));
    (status, body["error"].take())
}

/// By the one table of errors: what is not found is 404, any other of these is 400.
fn http_status(code: Code) -> StatusCode {
    if code == Code::NotFound { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST }
}
