//! What curl and grpcurl see: every public RPC as JSON, its document, reflection and health, on one port.

use boxoffice_acceptance::{Context, Person, Plan, VISA, World, id, in_both, in_both_shared};
use futures::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

/// FR-10, FR-40: a ticket is bought, watched and cancelled by nothing but JSON.
async fn a_ticket_is_bought_by_json_alone(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let title = json!({"requestId": id(), "title": {"kind": "KIND_FILM", "name": "Metropolis", "runningTime": "9180s"}});
    let title = call(&admin, Context::CATALOG, Method::POST, "/v1/titles", Some(title)).await;
    let title_id = title["title"]["titleId"].as_str().unwrap().to_owned();
    let request =
        serde_json::to_value(Plan::rows(1, 4, 12_000).of_title(&title_id).request()).unwrap();
    let showing = call(&admin, Context::SEATING, Method::POST, "/v1/showings", Some(request)).await;
    let showing_id = showing["showing"]["showingId"].as_str().unwrap().to_owned();

    let listed = format!("/v1/showings?titleId={title_id}");
    let listed = call(&world.nobody(), Context::SEATING, Method::GET, &listed, None).await;
    assert_eq!(listed["showings"][0]["showingId"], showing_id.as_str(), "{listed}");

    let body =
        json!({"showing": {"showingId": showing_id, "seats": ["A-2"]}, "paymentMethod": VISA});
    let key = id();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = alice.client(Context::BOOKING).http(Method::POST, "/v1/bookings");
        let answer = request.header("idempotency-key", &key).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answers.push(answer.json::<Value>().await.unwrap());
    }
    assert_eq!(answers[0], answers[1], "the same key is the same booking");
    let booking = &answers[0]["booking"];
    assert_eq!(booking["state"], "BOOKING_STATE_CONFIRMED");
    assert_eq!(booking["amount"], json!({"currencyCode": "KRW", "units": "12000"}));

    let path = format!("/v1/bookings/{}", booking["bookingId"].as_str().unwrap());
    let read = call(&alice, Context::BOOKING, Method::GET, &path, None).await;
    assert_eq!(read["booking"], *booking);
    let map = format!("/v1/showings/{showing_id}/seats");
    let map = call(&alice, Context::SEATING, Method::GET, &map, None).await;
    assert_eq!(map["seats"].as_array().unwrap().len(), 4);
    let cancel = format!("{path}:cancel");
    let cancelled = call(&alice, Context::BOOKING, Method::POST, &cancel, Some(json!({}))).await;
    assert_eq!(cancelled["booking"]["state"], "BOOKING_STATE_CANCELLED");
    let payments = call(&alice, Context::PAYMENT, Method::GET, "/v1/payments", None).await;
    assert_eq!(payments["payments"].as_array().unwrap().len(), 1);
}
in_both!(a_ticket_is_bought_by_json_alone);

/// Streams are also Server-Sent Events.
async fn a_seat_map_is_watched_as_server_sent_events(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::rows(1, 4, 12_000)).await;
    let path = format!("/v1/showings/{showing}/seats:watch");
    let request = world.nobody().client(Context::SEATING).http(Method::GET, &path);
    let answer = request.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut bytes = answer.bytes_stream();
    let first = bytes.next().await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&first);
    assert!(text.starts_with("data:") && text.contains("\"A-4\""), "{text}");
}
in_both_shared!(a_seat_map_is_watched_as_server_sent_events);

/// Whichever context the ingress asks, it documents and reflects the whole platform.
async fn every_process_documents_and_reflects_every_public_service(world: World) {
    let nobody = world.nobody();
    for context in boxoffice_acceptance::CONTEXTS {
        let document = call(&nobody, context, Method::GET, "/openapi.json", None).await;
        for path in ["/v1/titles", "/v1/showings", "/v1/bookings", "/v1/payments"] {
            assert!(document["paths"].get(path).is_some(), "{context} documents {path}");
        }
        let page = nobody.client(context).http(Method::GET, "/docs").send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);

        let channel = nobody.client(context).channel();
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut reflection = ServerReflectionClient::new(channel.clone());
        let answers = reflection.server_reflection_info(futures::stream::iter([request])).await;
        let answer = answers.unwrap().into_inner().message().await.unwrap().unwrap();
        let Some(MessageResponse::ListServicesResponse(services)) = answer.message_response else {
            panic!("{answer:?}");
        };
        let names: Vec<_> = services.service.into_iter().map(|it| it.name).collect();
        for service in boxoffice_contracts::public_services() {
            assert!(names.contains(&service), "{context} reflects {service}: {names:?}");
        }
        let mut health = HealthClient::new(channel);
        for service in ["", context.as_str()] {
            let request = HealthCheckRequest { service: service.to_owned() };
            let answer = health.check(request).await.unwrap().into_inner();
            assert_eq!(answer.status(), ServingStatus::Serving, "{context} `{service}`");
        }
    }
}
in_both_shared!(every_process_documents_and_reflects_every_public_service);

/// A path nobody serves, and a method it does not have, are errors of the same shape.
async fn an_unknown_path_is_told_so(world: World) {
    let request = world.nobody().client(Context::BOOKING).http(Method::GET, "/v1/nonsense");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["details"][0]["reason"], "UNKNOWN_PATH", "{body}");
    let request =
        world.customer("alice").client(Context::BOOKING).http(Method::DELETE, "/v1/bookings");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}
in_both_shared!(an_unknown_path_is_told_so);

/// A call that has to succeed.
async fn call(
    person: &Person,
    context: Context,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Value {
    let mut request = person.client(context).http(method, path);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}
