//! The same story by nothing but JSON.

use boxoffice_acceptance::{Context, Person, Plan, Settings, VISA, World, eventually, id, in_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::json;

/// A musical with ten seats, put on by JSON.
async fn musical(admin: &Person) -> String {
    let title = json!({"requestId": id(), "title": {"kind": "KIND_MUSICAL",
        "name": "The Phantom of the Opera", "runningTime": "9000s"}});
    let title = json::post(admin, Context::CATALOG, "/v1/titles", title).await;
    let title_id = json::text(&title["title"]["titleId"]);
    let plan = Plan::general(10, 70_000).of_title(&title_id).request();
    let plan = serde_json::to_value(plan).unwrap();
    let showing = json::post(admin, Context::SEATING, "/v1/showings", plan).await;
    json::text(&showing["showing"]["showingId"])
}

fn wish(showing_id: &str, quantity: i32) -> Value {
    let showing = json!({"showingId": showing_id, "quantity": quantity});
    json!({"requestId": id(), "showing": showing, "paymentMethod": VISA})
}

/// Waits until a page of anybody's has what it should.
async fn shows(
    who: &Person,
    context: Context,
    path: &str,
    right: impl Fn(&Value) -> bool,
) -> Value {
    eventually(&format!("{path} is right"), || async {
        let (status, body) = json::call(who, context, Method::GET, path, None).await;
        (status == StatusCode::OK && right(&body)).then_some(body)
    })
    .await
}

fn kinds(notices: &Value) -> Vec<String> {
    let notices = notices["notices"].as_array().cloned().unwrap_or_default();
    let mut kinds: Vec<_> = notices.iter().map(|it| json::text(&it["kind"])).collect();
    kinds.sort();
    kinds
}

/// FR-12, FR-42, FR-50, FR-51, FR-72, NFR-03.
async fn booked_settled_and_refunded_by_json_alone(world: World) {
    let (admin, alice, care) = (world.admin(), world.customer("alice"), world.care());
    let showing_id = musical(&admin).await;
    let showing = format!("/v1/showings/{showing_id}");
    world.platform.down(Context::PAYMENT).await.unwrap();

    let booked = json::post(&alice, Context::BOOKING, "/v1/bookings", wish(&showing_id, 4)).await;
    assert_eq!(booked["booking"]["state"], "BOOKING_STATE_AWAITING_PAYMENT", "{booked}");
    assert_eq!(booked["booking"]["payment"]["state"], "PAYMENT_STATE_PENDING", "{booked}");
    let seen = json::get(&alice, Context::SEATING, &showing).await;
    assert_eq!(
        (&seen["showing"]["seatsLeft"], &seen["showing"]["seatsHeld"]),
        (&json!(6), &json!(4))
    );
    let too_many = json::post(&alice, Context::BOOKING, "/v1/bookings", wish(&showing_id, 7)).await;
    assert_eq!(too_many["booking"]["state"], "BOOKING_STATE_REJECTED", "{too_many}");

    let booking_id = json::text(&booked["booking"]["bookingId"]);
    let stuck = "bookingStatus=BOOKING_STATUS_AWAITING_PAYMENT&stuckSinceTime=2100-01-01T00:00:00Z";
    let stuck = format!("/v1/care/bookings?showingId={showing_id}&{stuck}");
    shows(&care, Context::MYPAGE, &stuck, |it| it["bookings"][0]["bookingId"] == booking_id).await;

    world.platform.heal(Context::PAYMENT).await.unwrap();
    let notices = format!("/v1/notices?bookingId={booking_id}");
    let bought = [
        "NOTICE_KIND_BOOKING_CONFIRMED",
        "NOTICE_KIND_DELIVERY_COMPLETED",
        "NOTICE_KIND_DELIVERY_STARTED",
        "NOTICE_KIND_PAYMENT_APPROVED",
    ];
    shows(&alice, Context::NOTIFICATION, &notices, |it| kinds(it) == bought).await;
    let cancel = format!("/v1/bookings/{booking_id}:cancel");
    let cancelled = json::post(&alice, Context::BOOKING, &cancel, json!({})).await;
    assert_eq!(cancelled["booking"]["state"], "BOOKING_STATE_CANCELLED", "{cancelled}");
    let refunded = |it: &Value| kinds(it).contains(&"NOTICE_KIND_PAYMENT_CANCELLED".to_owned());
    shows(&alice, Context::NOTIFICATION, &notices, refunded).await;
    shows(&alice, Context::SEATING, &showing, |it| it["showing"]["seatsLeft"] == 10).await;

    let page = format!("/v1/care/bookings/{booking_id}");
    let whole = |it: &Value| it["steps"].as_array().is_some_and(|it| it.len() == 12);
    let seen = shows(&care, Context::MYPAGE, &page, whole).await;
    assert_eq!(seen["booking"]["bookingStatus"], "BOOKING_STATUS_CANCELLED", "{seen}");
    let mine = json::get(&alice, Context::MYPAGE, &format!("/v1/me/bookings/{booking_id}")).await;
    assert_eq!(mine, seen, "the customer sees the same");
}
in_both!(booked_settled_and_refunded_by_json_alone);

/// OPS-01: 503, and the header every HTTP client knows.
async fn while_seating_hangs_json_is_refused_with_retry_after(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing_id = musical(&admin).await;
    let bought = json::post(&alice, Context::BOOKING, "/v1/bookings", wish(&showing_id, 1)).await;
    assert_eq!(bought["booking"]["state"], "BOOKING_STATE_CONFIRMED", "{bought}");
    world.platform.hang(Context::SEATING).await.unwrap();
    for _ in 0..4 {
        let request = alice.client(Context::BOOKING).http(Method::POST, "/v1/bookings");
        let answer = request.json(&wish(&showing_id, 2)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "1");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(json::because(&body), "PEER_UNAVAILABLE", "{body}");
    }
    world.platform.heal(Context::SEATING).await.unwrap();
    let left = |it: &Value| it["showing"]["seatsLeft"] == 9 && it["showing"]["seatsSold"] == 1;
    shows(&alice, Context::SEATING, &format!("/v1/showings/{showing_id}"), left).await;
    eventually("the refused are closed", || async {
        let listed = json::get(&alice, Context::BOOKING, "/v1/bookings").await;
        let bookings = listed["bookings"].as_array().unwrap().clone();
        let closed = |it: &&Value| it["state"] == "BOOKING_STATE_REJECTED";
        (bookings.iter().filter(closed).count() == 4).then_some(())
    })
    .await;
}
in_both!(
    while_seating_hangs_json_is_refused_with_retry_after,
    Settings::default().lines().flag("peer-deadline", "250ms").flag("placing", "3s")
);
