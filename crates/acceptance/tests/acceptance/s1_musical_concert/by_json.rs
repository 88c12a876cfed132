//! The same story by nothing but JSON.

use boxoffice_acceptance::{Context, Person, Plan, VISA, World, eventually, id, in_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::json;

/// Waits until my page shows a booking so: booking, payment, delivery. All it shows.
async fn page_shows(person: &Person, booking_id: &str, expected: [&str; 3]) -> Value {
    let path = format!("/v1/me/bookings/{booking_id}");
    eventually(&format!("my page shows {expected:?}"), || async {
        let (status, body) = json::call(person, Context::MYPAGE, Method::GET, &path, None).await;
        let shown = &body["booking"];
        let is_right = status == StatusCode::OK
            && shown["bookingStatus"] == format!("BOOKING_STATUS_{}", expected[0])
            && shown["paymentStatus"] == format!("PAYMENT_STATUS_{}", expected[1])
            && shown["deliveryStatus"] == format!("DELIVERY_STATUS_{}", expected[2]);
        is_right.then_some(body)
    })
    .await
}

/// FR-15, FR-30, FR-31, FR-70.
async fn tickets_are_sent_and_called_back_by_json_alone(world: World) {
    let (admin, yuna) = (world.admin(), world.customer("yuna"));
    let title = json!({"requestId": id(), "title": {"kind": "KIND_MUSICAL",
        "name": "Phantom in Concert", "runningTime": "9000s"}});
    let title = json::post(&admin, Context::CATALOG, "/v1/titles", title).await;
    let title_id = json::text(&title["title"]["titleId"]);
    let plan = Plan::rows(1, 10, 90_000).of_title(&title_id).request();
    let plan = serde_json::to_value(plan).unwrap();
    let showing = json::post(&admin, Context::SEATING, "/v1/showings", plan).await;
    let showing_id = json::text(&showing["showing"]["showingId"]);

    let contact =
        json!({"name": "Kim Yuna", "phone": "+82 2 312 3456", "address": "12 Sejong-daero"});
    let wish = json!({"requestId": id(), "contact": contact,
        "showing": {"showingId": showing_id, "seats": ["A-1"]}});
    let held = json::post(&yuna, Context::BOOKING, "/v1/bookings", wish).await;
    assert_eq!(held["booking"]["fulfilment"], "FULFILMENT_POST", "{held}");
    let booking_id = json::text(&held["booking"]["bookingId"]);
    let path = format!("/v1/bookings/{booking_id}");
    let pay = json!({"requestId": id(), "paymentMethod": VISA});
    let paid = json::post(&yuna, Context::BOOKING, &format!("{path}:pay"), pay).await;
    assert_eq!(paid["booking"]["state"], "BOOKING_STATE_CONFIRMED", "{paid}");

    let shown = page_shows(&yuna, &booking_id, ["CONFIRMED", "APPROVED", "STARTED"]).await;
    assert_eq!(shown["booking"]["titleName"], "Phantom in Concert", "{shown}");
    let deliveries = format!("/v1/deliveries?bookingId={booking_id}");
    let found = json::get(&yuna, Context::DELIVERY, &deliveries).await;
    let delivery = &found["deliveries"][0];
    assert_eq!(delivery["method"], "DELIVERY_METHOD_POST", "{found}");
    let delivery = format!("/v1/deliveries/{}", json::text(&delivery["deliveryId"]));
    let complete = format!("{delivery}:complete");
    let arrived = json::post(&admin, Context::DELIVERY, &complete, json!({})).await;
    assert_eq!(arrived["delivery"]["state"], "DELIVERY_STATE_COMPLETED", "{arrived}");
    page_shows(&yuna, &booking_id, ["CONFIRMED", "APPROVED", "COMPLETED"]).await;

    let cancelled = json::post(&yuna, Context::BOOKING, &format!("{path}:cancel"), json!({})).await;
    assert_eq!(cancelled["booking"]["state"], "BOOKING_STATE_CANCELLED", "{cancelled}");
    let shown = page_shows(&yuna, &booking_id, ["CANCELLED", "CANCELLED", "CANCELLED"]).await;
    let steps: Vec<_> =
        shown["steps"].as_array().unwrap().iter().map(|it| json::text(&it["name"])).collect();
    for step in ["BookingPlaced", "PaymentApproved", "DeliveryStarted", "DeliveryCancelled"] {
        assert!(steps.iter().any(|it| it == step), "{step} is missing in {steps:?}");
    }
    let read = json::get(&yuna, Context::DELIVERY, &delivery).await;
    assert_eq!(read["delivery"]["state"], "DELIVERY_STATE_CANCELLED", "{read}");
    let refusal = (StatusCode::BAD_REQUEST, "DELIVERY_CANCELLED");
    let again = (Method::POST, complete.as_str());
    json::refused(&admin, Context::DELIVERY, again, json!({}), refusal).await;
}
in_both!(tickets_are_sent_and_called_back_by_json_alone);
