//! The same story by nothing but JSON, as its curl examples tell it.

use std::time::Duration;

use boxoffice_acceptance::{Context, Person, VISA, World, eventually, id, in_both, in_future};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::json::{delete, get, post, refused, text};

const BAD: StatusCode = StatusCode::BAD_REQUEST;

/// Registers a movie and a screening of it with 120 seats; their ids.
async fn put_on(admin: &Person) -> (String, String) {
    let movie = json!({"requestId": id(), "title": {"kind": "KIND_FILM", "name": "Metropolis",
        "synopsis": "A city of tomorrow.", "runningTime": "9180s"}});
    let movie = post(admin, Context::CATALOG, "/v1/titles", movie).await;
    let movie = text(&movie["title"]["titleId"]);
    let price = json!({"currencyCode": "KRW", "units": "15000"});
    let hour = Duration::from_secs(3600);
    let screening = json!({"requestId": id(), "titleId": movie, "venue": "Screen 1",
        "startTime": in_future(hour), "endTime": in_future(3 * hour),
        "generalAdmission": {"capacity": 120, "price": price}});
    let screening = post(admin, Context::SEATING, "/v1/showings", screening).await;
    (movie, text(&screening["showing"]["showingId"]))
}

/// Waits until a screening has so many seats left.
async fn has_left(screening: &str, person: &Person, seats: i32) {
    let path = format!("/v1/showings/{screening}");
    eventually(&format!("{seats} seats are left"), || async {
        let found = get(person, Context::SEATING, &path).await;
        (found["showing"]["seatsLeft"] == seats).then_some(())
    })
    .await;
}

/// Books places and pays; the booking.
async fn book(person: &Person, screening: &str, quantity: i32) -> Value {
    let wish = json!({"requestId": id(), "paymentMethod": VISA,
        "showing": {"showingId": screening, "quantity": quantity}});
    let booked = post(person, Context::BOOKING, "/v1/bookings", wish).await;
    assert_eq!(booked["booking"]["state"], "BOOKING_STATE_CONFIRMED", "{booked}");
    booked["booking"].clone()
}

/// Waits until exactly this was told of a booking, in any order.
async fn is_told(person: &Person, booking: &str, kinds: &[&str]) {
    let path = format!("/v1/notices?bookingId={booking}");
    let mut expected: Vec<_> = kinds.iter().map(|it| format!("NOTICE_KIND_{it}")).collect();
    expected.sort();
    eventually(&format!("{kinds:?} are told"), || async {
        let found = get(person, Context::NOTIFICATION, &path).await;
        let mut told: Vec<_> =
            found["notices"].as_array()?.iter().map(|it| text(&it["kind"])).collect();
        told.sort();
        (told == expected).then_some(())
    })
    .await;
}

/// Waits until the programme shows this rating with a movie.
async fn is_rated(movie: &str, person: &Person, expected: &Value) {
    let path = format!("/v1/titles/{movie}");
    eventually(&format!("it is rated {expected}"), || async {
        let found = get(person, Context::CATALOG, &path).await;
        (found["title"]["rating"] == *expected).then_some(())
    })
    .await;
}

/// FR-10, FR-17, FR-40, FR-42 to FR-44, FR-50 to FR-52, FR-70: 120, 116, 120.
async fn seats_are_booked_and_given_back_by_json_alone(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let (movie, screening) = put_on(&admin).await;
    has_left(&screening, &alice, 120).await;
    let booking = book(&alice, &screening, 4).await;
    assert_eq!(booking["amount"], json!({"currencyCode": "KRW", "units": "60000"}));
    let booking = text(&booking["bookingId"]);
    has_left(&screening, &alice, 116).await;
    let bought =
        ["PAYMENT_APPROVED", "BOOKING_CONFIRMED", "DELIVERY_STARTED", "DELIVERY_COMPLETED"];
    is_told(&alice, &booking, &bought).await;

    let cancel = format!("/v1/bookings/{booking}:cancel");
    let cancelled = post(&alice, Context::BOOKING, &cancel, json!({})).await;
    assert_eq!(cancelled["booking"]["state"], "BOOKING_STATE_CANCELLED");
    has_left(&screening, &alice, 120).await;
    let given_back = ["BOOKING_CANCELLED", "PAYMENT_CANCELLED", "DELIVERY_CANCELLED"];
    is_told(&alice, &booking, &[&bought[..], &given_back].concat()).await;
    let page = format!("/v1/me/bookings/{booking}");
    eventually("my page shows it", || async {
        let found = get(&alice, Context::MYPAGE, &page).await;
        let booking = &found["booking"];
        let is_right = booking["bookingStatus"] == "BOOKING_STATUS_CANCELLED"
            && booking["paymentStatus"] == "PAYMENT_STATUS_CANCELLED"
            && booking["deliveryStatus"] == "DELIVERY_STATUS_CANCELLED"
            && booking["titleName"] == "Metropolis";
        is_right.then_some(())
    })
    .await;

    let removed = delete(&admin, Context::CATALOG, &format!("/v1/titles/{movie}")).await;
    assert_eq!(removed["title"]["state"], "TITLE_STATE_REMOVED");
    let path = format!("/v1/showings/{screening}");
    eventually("its screening is cancelled", || async {
        let found = get(&alice, Context::SEATING, &path).await;
        (found["showing"]["state"] == "SHOWING_STATE_CANCELLED").then_some(())
    })
    .await;
}
in_both!(seats_are_booked_and_given_back_by_json_alone);

/// FR-04, FR-41, FR-53, FR-60 to FR-62: told of the new time, watched, reviewed, and the review deleted.
async fn a_movie_is_moved_watched_and_reviewed_by_json_alone(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let (movie, screening) = put_on(&admin).await;
    let booking = text(&book(&alice, &screening, 1).await["bookingId"]);
    let review = || json!({"requestId": id(), "titleId": movie, "stars": 4, "text": "Robots!"});
    let reviews = (Method::POST, "/v1/reviews");
    let early = (BAD, "NOT_ATTENDED");
    refused(&alice, Context::REVIEW, reviews, review(), early).await;

    let moved = json!({"startTime": in_future(Duration::from_secs(2)),
        "endTime": in_future(Duration::from_secs(3))});
    let path = format!("/v1/showings/{screening}:reschedule");
    post(&admin, Context::SEATING, &path, moved).await;
    let told = ["PAYMENT_APPROVED", "BOOKING_CONFIRMED", "DELIVERY_STARTED", "DELIVERY_COMPLETED"];
    is_told(&alice, &booking, &[&told[..], &["SHOWING_RESCHEDULED"]].concat()).await;
    let written = eventually("it is reviewed", || async {
        let request = alice.client(Context::REVIEW).http(Method::POST, "/v1/reviews");
        let answer = request.json(&review()).send().await.unwrap();
        let good = answer.status() == StatusCode::OK;
        let answer: Value = answer.json().await.unwrap();
        good.then_some(answer)
    });
    let written = written.await;
    assert_eq!(written["review"]["state"], "REVIEW_STATE_PUBLISHED");
    let cancel = format!("/v1/bookings/{booking}:cancel");
    let late = (BAD, "TOO_LATE_TO_CANCEL");
    refused(&alice, Context::BOOKING, (Method::POST, &cancel), json!({}), late).await;

    is_rated(&movie, &alice, &json!({"average": 4.0, "count": "1"})).await;
    let rating = get(&world.nobody(), Context::REVIEW, &format!("/v1/ratings/{movie}")).await;
    assert_eq!(rating["rating"]["average"], 4.0);
    let listed = format!("/v1/reviews?titleId={movie}");
    let found = get(&world.nobody(), Context::REVIEW, &listed).await;
    assert_eq!(found["reviews"][0]["text"], "Robots!");

    let path = format!("/v1/reviews/{}", text(&written["review"]["reviewId"]));
    let stranger = (StatusCode::NOT_FOUND, "REVIEW_NOT_FOUND");
    let mallory = world.customer("mallory");
    refused(&mallory, Context::REVIEW, (Method::DELETE, &path), json!({}), stranger).await;
    delete(&alice, Context::REVIEW, &path).await;
    eventually("it counts no more", || async {
        let found = get(&alice, Context::CATALOG, &format!("/v1/titles/{movie}")).await;
        found["title"]["rating"]["count"].is_null().then_some(())
    })
    .await;
    let found = get(&world.nobody(), Context::REVIEW, &listed).await;
    assert_eq!(found["reviews"].as_array().map_or(0, Vec::len), 0, "{found}");
}
in_both!(a_movie_is_moved_watched_and_reviewed_by_json_alone);
