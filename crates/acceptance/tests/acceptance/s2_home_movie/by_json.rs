//! The same story by nothing but JSON.

use boxoffice_acceptance::{Context, Person, VISA, World, eventually, id, in_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::json::{call, get, post, text};

async fn order(alice: &Person, title_id: &str) -> String {
    let body =
        json!({"requestId": id(), "homeMovie": {"titleId": title_id}, "paymentMethod": VISA});
    let placed = post(alice, Context::BOOKING, "/v1/bookings", body).await;
    assert_eq!(placed["booking"]["state"], "BOOKING_STATE_CONFIRMED", "{placed}");
    assert_eq!(placed["booking"]["fulfilment"], "FULFILMENT_STREAM");
    text(&placed["booking"]["bookingId"])
}

async fn license(alice: &Person, booking_id: &str) -> String {
    let path = format!("/v1/licenses?bookingId={booking_id}");
    eventually("it is licensed", || async {
        let found = get(alice, Context::STREAMING, &path).await;
        let license = &found["licenses"][0];
        Some(license["licenseId"].as_str()?.to_owned())
    })
    .await
}

fn reason(body: &Value) -> &Value {
    &body["error"]["details"][0]["reason"]
}

/// FR-16, FR-32, FR-33, FR-40, FR-41.
async fn films_are_ordered_watched_and_cancelled_by_json_alone(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let film = json!({"requestId": id(), "title": {"kind": "KIND_FILM", "name": "Metropolis",
        "runningTime": "9180s", "homePrice": {"currencyCode": "KRW", "units": "5000"}}});
    let film = post(&admin, Context::CATALOG, "/v1/titles", film).await;
    let title_id = film["title"]["titleId"].as_str().unwrap();

    let watched = order(&alice, title_id).await;
    let path = format!("/v1/licenses/{}", license(&alice, &watched).await);
    let watch = format!("{path}:watch");
    let answer = post(&alice, Context::STREAMING, &watch, json!({})).await;
    assert_eq!(answer["license"]["state"], "LICENSE_STATE_WATCHED");
    let read = get(&alice, Context::STREAMING, &path).await;
    assert_eq!(read["license"], answer["license"]);
    let cancel = format!("/v1/bookings/{watched}:cancel");
    let (status, body) =
        call(&alice, Context::BOOKING, Method::POST, &cancel, Some(json!({}))).await;
    assert_eq!((status, reason(&body)), (StatusCode::BAD_REQUEST, &json!("TOO_LATE_TO_CANCEL")));

    let unwatched = order(&alice, title_id).await;
    let watch = format!("/v1/licenses/{}:watch", license(&alice, &unwatched).await);
    let cancel = format!("/v1/bookings/{unwatched}:cancel");
    let answer = post(&alice, Context::BOOKING, &cancel, json!({})).await;
    assert_eq!(answer["booking"]["state"], "BOOKING_STATE_CANCELLED");
    let (status, body) =
        call(&alice, Context::STREAMING, Method::POST, &watch, Some(json!({}))).await;
    assert_eq!((status, reason(&body)), (StatusCode::BAD_REQUEST, &json!("LICENSE_REVOKED")));
    let payments = format!("/v1/payments?bookingId={unwatched}");
    eventually("the money is back", || async {
        let found = get(&alice, Context::PAYMENT, &payments).await;
        (found["payments"][0]["state"] == "PAYMENT_STATE_CANCELLED").then_some(())
    })
    .await;
}
in_both!(films_are_ordered_watched_and_cancelled_by_json_alone);
