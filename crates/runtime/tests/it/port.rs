//! One port for gRPC, HTTP/JSON, health, reflection and pages; and what misses all of them.

use std::time::{Duration, Instant};

use boxoffice_contracts::booking::v1::WatchBookingRequest;
use boxoffice_contracts::payment::v1::GetPaymentRequest;
use boxoffice_contracts::payment::v1::payment_service_client::PaymentServiceClient;
use boxoffice_runtime::{Limits, Role};
use futures::StreamExt as _;
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::{v1, v1alpha};

use crate::world::{Plan, World, query, why, with_token, world};

async fn asked(request: reqwest::RequestBuilder) -> (u16, String, Value) {
    let answer = request.send().await.unwrap();
    let (status, kind) = (answer.status().as_u16(), answer.headers()["content-type"].clone());
    assert_eq!(kind, "application/json");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let body: Value = answer.json().await.unwrap();
    let reason = body["error"]["details"][0]["reason"].as_str().unwrap_or_default().to_owned();
    (status, reason, body)
}

#[tokio::test]
async fn one_port_speaks_grpc_and_json() {
    let world = world().await;
    let token = world.token("alice", Role::Customer);
    let grpc = world.catalog().list_titles(with_token(query("x"), &token)).await.unwrap();
    assert_eq!(grpc.get_ref().titles[0].name, "alice");

    let http = reqwest::Client::new().get(world.url("/v1/titles?query=x")).bearer_auth(&token);
    let (status, _, body) = asked(http).await;
    assert_eq!((status, &body["titles"][0]["name"]), (200, &Value::from("alice")));

    // The same over HTTP/2 without TLS.
    let http2 = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let (status, _, body) = asked(http2.get(world.url("/v1/titles")).bearer_auth(&token)).await;
    assert_eq!((status, &body["titles"][0]["name"]), (200, &Value::from("alice")));
}

#[tokio::test]
async fn a_stream_is_server_sent_events_too() {
    let world = world().await;
    let token = world.token("alice", Role::Customer);
    let path = format!("/v1/bookings/{}:watch", uuid::Uuid::nil());
    let request = reqwest::Client::new().get(world.url(&path)).bearer_auth(&token);
    let answer = request.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let first = answer.bytes_stream().next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("resumeToken"), "{first:?}");

    let request =
        WatchBookingRequest { booking_id: uuid::Uuid::nil().to_string(), ..Default::default() };
    let mut stream = world.booking().watch_booking(with_token(request, &token)).await.unwrap();
    assert_eq!(stream.get_mut().message().await.unwrap().unwrap().resume_token, "1");
}

#[tokio::test]
async fn whatever_is_not_served_is_refused_in_one_shape() {
    let world = world().await;
    let http = reqwest::Client::new();
    let five_megabytes = vec![b' '; 5 * 1024 * 1024];
    let post = |path: &str| http.post(world.url(path)).header("content-type", "application/json");
    let rpc = "/boxoffice.catalog.v1.CatalogService/ListTitles";
    for (request, status, reason) in [
        (http.get(world.url("/nothing")), 404, "UNKNOWN_PATH"),
        (http.get(world.url("/v1/titlesque")), 404, "UNKNOWN_PATH"),
        (http.get(world.url("/v1/titles/1/2/3")), 404, "UNKNOWN_PATH"),
        (http.get(world.url("/favicon.ico")), 404, "UNKNOWN_PATH"),
        (http.get(world.url("/v1/halls/1")), 404, "UNKNOWN_PATH"),
        (http.put(world.url("/v1/titles")), 405, "WRONG_METHOD"),
        (http.post(world.url("/docs")), 405, "WRONG_METHOD"),
        (http.request(Method::OPTIONS, world.url("/v1/titles")), 405, "WRONG_METHOD"),
        (
            http.post(world.url("/v1/titles")).body("a=b").header("content-type", "text/plain"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (post("/v1/titles").body("{"), 400, "MALFORMED_REQUEST"),
        (post("/v1/titles").body(five_megabytes.clone()), 413, "REQUEST_TOO_LARGE"),
        (
            post("/v1/titles").body(five_megabytes).header("expect", "100-continue"),
            413,
            "REQUEST_TOO_LARGE",
        ),
        (post(rpc).body("{}"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (
            http.post(world.url(rpc)).header("content-type", "application/grpc-web"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (http.get(world.url("/v1/titles/%ff")), 400, "MALFORMED_REQUEST"),
        (http.get(world.url("/v1/titles/no-uuid")), 400, "INVALID_FIELD"),
    ] {
        let shown = format!("{request:?}");
        let (found, why, body) = asked(request).await;
        assert_eq!((found, why.as_str()), (status, reason), "{shown}: {body}");
        assert_eq!(body["error"]["code"], status, "{shown}");
    }
    let wrong = http.put(world.url("/v1/titles")).send().await.unwrap();
    assert_eq!(wrong.headers()["allow"], "GET, POST");
}

#[tokio::test]
async fn grpc_misfits_are_grpc_errors() {
    let world = world().await;
    // Public, but of a context that is not served here.
    let mut elsewhere = PaymentServiceClient::new(world.channel());
    let request = GetPaymentRequest { payment_id: uuid::Uuid::nil().to_string() };
    let request = with_token(request, &world.token("alice", Role::Customer));
    let status = elsewhere.get_payment(request).await.unwrap_err();
    assert_eq!(why(&status), (Code::Unimplemented, "UNKNOWN_SERVICE".to_owned()));

    let mut http2 = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    for path in ["/no.such.Service/Method", "/", "//", "/boxoffice.catalog.v1.CatalogService/Sing"]
    {
        let request = http2.post(world.url(path)).header("content-type", "application/grpc+proto");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["grpc-status"], "12", "{path}");
        assert_eq!(answer.headers()["content-type"], "application/grpc", "{path}");
        assert_eq!(answer.status(), 200);
    }
    http2 = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let rpc = world.url("/boxoffice.catalog.v1.CatalogService/ListTitles");
    let mut long = vec![0, 0, 0x20, 0, 0];
    long.resize(0x20_0005, b'a');
    let request = http2.post(rpc).header("content-type", "application/grpc").body(long);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["grpc-status"], "11", "two megabytes");
    let status = tonic::Status::from_header_map(answer.headers()).unwrap();
    assert_eq!(why(&status), (Code::OutOfRange, "REQUEST_TOO_LARGE".to_owned()));
}

#[tokio::test]
async fn a_panic_is_one_internal_error_and_a_deadline_is_kept() {
    let world = world().await;
    let status = world.catalog().list_titles(query("panic")).await.unwrap_err();
    assert_eq!(why(&status), (Code::Internal, "PANICKED".to_owned()));
    assert_eq!(status.message(), "internal error");
    world.catalog().list_titles(query("")).await.unwrap();

    let http2 = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let rpc = world.url("/boxoffice.catalog.v1.CatalogService/ListTitles");
    let message = b"\x0a\x0asleep 9000";
    let framed = [&[0, 0, 0, 0, 12][..], message].concat();
    let request = http2.post(rpc).header("content-type", "application/grpc").body(framed);
    let begun = Instant::now();
    let answer = request.header("grpc-timeout", "200m").send().await.unwrap();
    assert_eq!(answer.headers()["grpc-status"], "4");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn health_and_reflection_are_open_and_speak_of_everything() {
    let world = world().await;
    let mut health = HealthClient::new(world.channel());
    for name in
        ["", "liveness", "catalog", "booking", "payment", "boxoffice.catalog.v1.CatalogService"]
    {
        let request = HealthCheckRequest { service: name.to_owned() };
        assert_eq!(health.check(request).await.unwrap().get_ref().status, 1, "`{name}` serves");
    }
    let request = HealthCheckRequest { service: "seating".to_owned() };
    assert_eq!(health.check(request).await.unwrap_err().code(), Code::NotFound);

    let listed = listed_by_v1(&world).await;
    let public = [
        "catalog.v1.CatalogService",
        "seating.v1.SeatingService",
        "booking.v1.BookingService",
        "payment.v1.PaymentService",
        "delivery.v1.DeliveryService",
        "streaming.v1.StreamingService",
        "review.v1.ReviewService",
        "notification.v1.NotificationService",
        "mypage.v1.MyPageService",
        "mypage.v1.CareService",
    ];
    for public in public {
        assert!(listed.contains(&format!("boxoffice.{public}")), "{public} in {listed:?}");
    }
    assert!(!listed.iter().any(|name| name.contains("Approval")), "internal: {listed:?}");
    assert_eq!(listed.len(), public.len() + 2, "with health and reflection: {listed:?}");

    use v1alpha::server_reflection_request::MessageRequest;
    let mut alpha = v1alpha::server_reflection_client::ServerReflectionClient::new(world.channel());
    let symbol = "boxoffice.seating.v1.SeatingService".to_owned();
    let message_request = Some(MessageRequest::FileContainingSymbol(symbol));
    let request = v1alpha::ServerReflectionRequest { host: String::new(), message_request };
    let mut answers = alpha.server_reflection_info(tokio_stream::once(request)).await.unwrap();
    let answer = answers.get_mut().message().await.unwrap().unwrap().message_response.unwrap();
    use v1alpha::server_reflection_response::MessageResponse;
    assert!(matches!(answer, MessageResponse::FileDescriptorResponse(_)), "{answer:?}");
}

pub(crate) async fn listed_by_v1(world: &World) -> Vec<String> {
    use v1::server_reflection_request::MessageRequest;
    use v1::server_reflection_response::MessageResponse;
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(world.channel());
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let request = v1::ServerReflectionRequest { host: String::new(), message_request };
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap();
    let answer = answers.get_mut().message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
    list.service.into_iter().map(|service| service.name).collect()
}

#[tokio::test]
async fn pages_are_served_and_ask_nobody_else() {
    let world = world().await;
    let http = reqwest::Client::new();
    let text = async |path: &str| http.get(world.url(path)).send().await.unwrap();

    let docs = text("/").await;
    assert_eq!(docs.url().path(), "/docs");
    let policy = docs.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let docs = docs.text().await.unwrap();
    assert!(!docs.contains("https://") && !docs.contains("http://"), "nothing from elsewhere");
    assert!(docs.lines().count() < 200);

    let api: Value = text("/openapi.json").await.json().await.unwrap();
    assert!(api["paths"]["/v1/showings"].is_object(), "other contexts are in it as well");
    let jwks: Value = text("/.well-known/jwks.json").await.json().await.unwrap();
    assert_eq!(jwks["keys"][0]["kty"], "OKP");
    assert!(jwks["keys"][0]["d"].is_null(), "the private part stays here");
    let found: Value = text("/.well-known/openid-configuration").await.json().await.unwrap();
    assert_eq!(found["jwks_uri"], world.url("/.well-known/jwks.json"));
}

#[tokio::test]
async fn a_caller_who_says_nothing_or_too_much_is_sent_away() {
    let limits = Limits { header_read: Duration::from_millis(300), ..Limits::default() };
    let world = Plan { limits, ..Plan::default() }.start().await;
    for said in ["", "PRI * HTT", "GET /docs HTTP/1.1\r\nhost: x\r\n"] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer));
        // Reset or closed in order: both are closed.
        _ = closed.await.unwrap_or_else(|_| panic!("after `{said}` the connection stays open"));
    }
    let long = reqwest::Client::new().get(world.url("/docs")).header("x-long", "a".repeat(60_000));
    assert_eq!(long.send().await.unwrap().status(), 431);
}

#[tokio::test]
async fn no_more_connections_than_allowed_are_served_at_once() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let world = Plan { limits, ..Plan::default() }.start().await;
    let idle = TcpStream::connect(world.address).await.unwrap();
    let slow = reqwest::Client::new().get(world.url("/v1/titles?query=sleep%201000")).send();
    let slow = tokio::spawn(slow);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let second = tokio::spawn(reqwest::get(world.url("/docs")));
    tokio::time::sleep(Duration::from_millis(200)).await;
    if !slow.is_finished() {
        assert!(!second.is_finished(), "the only place is taken by a call");
    }
    assert_eq!(slow.await.unwrap().unwrap().status(), 200, "who was idle has made room");
    assert_eq!(second.await.unwrap().unwrap().status(), 200);
    drop(idle);
}
