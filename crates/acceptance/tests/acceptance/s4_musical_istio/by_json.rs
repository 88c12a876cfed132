//! The same story by nothing but JSON.

use std::time::Duration;

use boxoffice_acceptance::{Context, Person, VISA, World, eventually, id, in_both, in_future};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::json::{call, delete, get, post, refused, text};

const BAD: StatusCode = StatusCode::BAD_REQUEST;

/// Puts a musical on, in a hall of two rows; the ids of the musical and the evening.
async fn put_on(admin: &Person) -> (String, String) {
    let day = |month: i32| json!({"year": 2027, "month": month, "day": 1});
    let musical = json!({"requestId": id(), "title": {"kind": "KIND_MUSICAL", "name": "Hadestown",
        "runningTime": "9000s", "runStart": day(5), "runEnd": day(6)}});
    let musical = post(admin, Context::CATALOG, "/v1/titles", musical).await;
    let musical = text(&musical["title"]["titleId"]);
    let hall = format!("walter-kerr-{}", &id()[..8]);
    let rows = json!([{"label": "A", "seats": 2, "grade": "VIP"},
        {"label": "B", "seats": 3, "grade": "R", "blocked": [2]}]);
    let path = format!("/v1/halls/{hall}");
    let layout = json!({"name": "Walter Kerr", "rows": rows});
    let saved = call(admin, Context::SEATING, Method::PUT, &path, Some(layout)).await;
    assert_eq!(saved.0, StatusCode::OK, "{}", saved.1);
    let price = |grade: &str, won: &str| json!({"grade": grade, "price": {"currencyCode": "KRW", "units": won}});
    let hour = Duration::from_secs(3600);
    let evening = json!({"requestId": id(), "titleId": musical,
        "startTime": in_future(hour), "endTime": in_future(3 * hour),
        "seatMap": {"hallId": hall, "prices": [price("VIP", "170000"), price("R", "140000")]}});
    let evening = post(admin, Context::SEATING, "/v1/showings", evening).await;
    assert_eq!(evening["showing"]["venue"], "Walter Kerr");
    (musical, text(&evening["showing"]["showingId"]))
}

/// Wants a seat and pays; what they are told.
async fn book(person: &Person, evening: &str, seat: &str) -> Value {
    let wish = json!({"requestId": id(), "paymentMethod": VISA,
        "showing": {"showingId": evening, "seats": [seat]}});
    post(person, Context::BOOKING, "/v1/bookings", wish).await["booking"].clone()
}

/// The state of every seat, in the order of the map.
async fn states(person: &Person, evening: &str) -> Vec<String> {
    let map = get(person, Context::SEATING, &format!("/v1/showings/{evening}/seats")).await;
    let state = |it: &Value| text(&it["state"]).replace("SEAT_STATE_", "");
    map["seats"].as_array().unwrap().iter().map(state).collect()
}

/// FR-06: a musical is created, edited and deleted.
async fn a_musical_is_edited_and_deleted_by_json_alone(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let (musical, evening) = put_on(&admin).await;
    let path = format!("/v1/titles/{musical}");
    let change = || json!({"name": "Hadestown, prolonged"});
    let masked = format!("{path}?updateMask=name");
    let denied = (StatusCode::FORBIDDEN, "ROLE_MISSING");
    refused(&alice, Context::CATALOG, (Method::PATCH, &masked), change(), denied).await;
    let edited = call(&admin, Context::CATALOG, Method::PATCH, &masked, Some(change())).await;
    assert_eq!(edited.0, StatusCode::OK, "{}", edited.1);
    let found = get(&alice, Context::CATALOG, &path).await;
    assert_eq!(found["title"]["name"], "Hadestown, prolonged");
    assert_eq!(found["title"]["runEnd"], json!({"year": 2027, "month": 6, "day": 1}));

    delete(&admin, Context::CATALOG, &path).await;
    let found = get(&alice, Context::CATALOG, &path).await;
    assert_eq!(found["title"]["state"], "TITLE_STATE_REMOVED");
    let gone = (BAD, "TITLE_REMOVED");
    refused(&admin, Context::CATALOG, (Method::PATCH, &masked), change(), gone).await;
    let evening = format!("/v1/showings/{evening}");
    eventually("its evening is cancelled", || async {
        let found = get(&alice, Context::SEATING, &evening).await;
        (found["showing"]["state"] == "SHOWING_STATE_CANCELLED").then_some(())
    })
    .await;
}
in_both!(a_musical_is_edited_and_deleted_by_json_alone);

/// FR-07, FR-13, FR-14, FR-42, FR-70: one has the seat, the other does not; given up, it is on sale again.
async fn a_seat_is_won_lost_and_given_up_by_json_alone(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let (_, evening) = put_on(&admin).await;
    assert_eq!(states(&alice, &evening).await, ["FREE", "FREE", "FREE", "BLOCKED", "FREE"]);
    let (hers, his) = tokio::join!(book(&alice, &evening, "B-3"), book(&bob, &evening, "B-3"));
    let ((winner, won), (loser, lost)) = if hers["state"] == "BOOKING_STATE_CONFIRMED" {
        ((&alice, hers), (&bob, his))
    } else {
        ((&bob, his), (&alice, hers))
    };
    assert_eq!(won["state"], "BOOKING_STATE_CONFIRMED", "{won}");
    assert_eq!(won["amount"], json!({"currencyCode": "KRW", "units": "140000"}));
    assert_eq!(lost["state"], "BOOKING_STATE_REJECTED", "{lost}");
    let reason = json!({"reason": "REJECTION_REASON_SEATS_UNAVAILABLE", "seats": ["B-3"]});
    assert_eq!(lost["rejection"], reason);
    eventually("it is sold", || async {
        (states(winner, &evening).await[4] == "SOLD").then_some(())
    })
    .await;

    let cancel = format!("/v1/bookings/{}:cancel", text(&won["bookingId"]));
    let stranger = (StatusCode::NOT_FOUND, "BOOKING_NOT_FOUND");
    refused(loser, Context::BOOKING, (Method::POST, &cancel), json!({}), stranger).await;
    post(winner, Context::BOOKING, &cancel, json!({})).await;
    eventually("it is on sale again", || async {
        (states(loser, &evening).await[4] == "FREE").then_some(())
    })
    .await;
    let second = book(loser, &evening, "B-3").await;
    assert_eq!(second["state"], "BOOKING_STATE_CONFIRMED", "{second}");
    eventually("my page lists both, newest first", || async {
        let page = get(loser, Context::MYPAGE, "/v1/me/bookings").await;
        let status = |it: &Value| it["bookingStatus"].clone();
        let listed: Vec<_> = page["bookings"].as_array()?.iter().map(status).collect();
        (listed == ["BOOKING_STATUS_CONFIRMED", "BOOKING_STATUS_REJECTED"]).then_some(())
    })
    .await;
}
in_both!(a_seat_is_won_lost_and_given_up_by_json_alone);
