//! HTTP/JSON over a gRPC service: the same calls, the same refusals.

#![expect(clippy::unwrap_used, reason = "a test ends where an expectation does")]

#[path = "rest/fake.rs"]
mod fake;

use boxoffice_contracts::booking::v1::booking_service_server::BookingServiceServer;
use boxoffice_contracts::rest::{self, DEFAULT_MAX_BODY};
use fake::{Fake, ID};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};

type Body = Full<bytes::Bytes>;

async fn send(request: Request<Body>) -> Response<Vec<u8>> {
    let transcoder = rest::booking(BookingServiceServer::new(Fake));
    let (parts, body) = rest::serve(request, &transcoder, DEFAULT_MAX_BODY).await.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes().to_vec())
}

fn post(path: &str, body: impl ToString) -> Request<Body> {
    Request::post(path)
        .header("content-type", "application/json")
        .header("authorization", "Bearer alice")
        .header("connection", "close")
        .body(Full::from(body.to_string()))
        .unwrap()
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Full::default()).unwrap()
}

fn json(response: &Response<Vec<u8>>) -> Value {
    assert_eq!(response.headers()["content-type"], "application/json");
    serde_json::from_slice(response.body()).unwrap()
}

/// Sends it, and expects an error: its HTTP status, gRPC code, reason, and broken fields.
async fn refused(request: Request<Body>) -> (u16, String, String, Vec<String>) {
    let response = send(request).await;
    let error = json(&response)["error"].take();
    assert_eq!(error["code"], response.status().as_u16(), "{error}");
    assert!(!error["message"].as_str().unwrap().is_empty(), "{error}");
    let details = error["details"].as_array().unwrap();
    let info = &details[0];
    assert_eq!(info["@type"], "type.googleapis.com/google.rpc.ErrorInfo", "{error}");
    assert_eq!(info["domain"], "boxoffice", "{error}");
    let fields = details
        .iter()
        .filter(|it| it["@type"] == "type.googleapis.com/google.rpc.BadRequest")
        .flat_map(|it| it["fieldViolations"].as_array().unwrap())
        .map(|it| it["field"].as_str().unwrap().to_owned());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (response.status().as_u16(), text(&error["status"]), text(&info["reason"]), fields.collect())
}

fn refusal(
    http: u16,
    code: &str,
    reason: &str,
    fields: &[&str],
) -> (u16, String, String, Vec<String>) {
    let fields = fields.iter().map(|&field| field.to_owned()).collect();
    (http, code.to_owned(), reason.to_owned(), fields)
}

#[tokio::test]
async fn a_json_call_is_a_grpc_call() {
    let body = json!({"requestId": ID, "showing": {"showingId": ID, "quantity": 2}});
    let response = send(post("/v1/bookings", body)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let expected = json!({"booking": {
        "bookingId": ID,
        "customerId": "Bearer alice",
        "state": "BOOKING_STATE_CONFIRMED",
        "showing": {"showingId": ID, "quantity": 2},
    }});
    assert_eq!(json(&response), expected);
}

#[tokio::test]
async fn a_call_may_be_made_by_any_thread() {
    fn sendable<F: Future + Send>(future: F) -> F {
        future
    }
    let transcoder = rest::booking(BookingServiceServer::new(Fake));
    let call = rest::serve(get("/v1/bookings"), &transcoder, DEFAULT_MAX_BODY);
    assert_eq!(sendable(call).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn only_the_callers_own_headers_go_on() {
    let mut request = post("/v1/bookings", json!({"requestId": ID, "homeMovie": {"titleId": ID}}));
    for name in ["content-length", "host", "grpc-status", "x-secret", "te"] {
        request.headers_mut().insert(name, "1".parse().unwrap());
    }
    for name in ["traceparent", "x-request-id", "accept-language", "x-b3-traceid"] {
        request.headers_mut().insert(name, "1".parse().unwrap());
    }
    let response = send(request).await;
    assert_eq!(response.headers()["x-request-id"], "1");
    let seen = json(&response)["booking"]["contact"]["name"].take();
    let seen: Vec<_> = seen.as_str().unwrap().split(' ').map(str::to_owned).collect();
    for name in ["authorization", "traceparent", "x-request-id", "accept-language", "x-b3-traceid"]
    {
        assert!(seen.iter().any(|it| it == name), "{name} in {seen:?}");
    }
    for name in ["content-length", "host", "connection", "x-secret", "grpc-status"] {
        assert!(!seen.iter().any(|it| it == name), "{name} in {seen:?}");
    }
}

#[tokio::test]
async fn the_path_says_which() {
    let response = send(get(&format!("/v1/bookings/{ID}"))).await;
    assert_eq!(json(&response)["booking"]["bookingId"], ID);
    let bodiless = Request::post(format!("/v1/bookings/{ID}:cancel")).body(Full::default());
    let response = send(bodiless.unwrap()).await;
    assert_eq!(json(&response)["booking"]["state"], "BOOKING_STATE_CANCELLED");
}

#[tokio::test]
async fn idempotency_key_stands_for_the_request_id() {
    for key in [ID.to_owned(), ID.to_uppercase(), format!("\"{ID}\"")] {
        for body in [
            json!({"homeMovie": {"titleId": ID}}),
            json!({"requestId": ID, "homeMovie": {"titleId": ID}}),
        ] {
            let mut request = post("/v1/bookings", body);
            request.headers_mut().insert("idempotency-key", key.parse().unwrap());
            let booking_id = json(&send(request).await)["booking"]["bookingId"].take();
            assert!(booking_id.as_str().unwrap().eq_ignore_ascii_case(ID), "{booking_id}");
        }
    }
}

#[tokio::test]
async fn two_different_request_ids_are_refused() {
    let mut request = post("/v1/bookings", json!({"requestId": ID, "homeMovie": {"titleId": ID}}));
    request.headers_mut().insert("idempotency-key", "another".parse().unwrap());
    assert_eq!(
        refused(request).await,
        refusal(400, "INVALID_ARGUMENT", "INVALID_FIELD", &["requestId"])
    );
}

#[tokio::test]
async fn a_broken_rule_is_named_as_the_json_names_it() {
    let body = json!({"showing": {"showingId": "seven", "quantity": -1}});
    let fields = ["requestId", "showing.showingId", "showing.quantity"];
    let mut found = refused(post("/v1/bookings", body)).await;
    found.3.sort();
    let mut expected = refusal(400, "INVALID_ARGUMENT", "INVALID_FIELD", &fields);
    expected.3.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_is_no_request_is_malformed() {
    let bodies = [
        "{".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        r#"{"requestID": "x"}"#.to_owned(),
        r#"{"fulfilment": "FULFILMENT_BY_PIGEON"}"#.to_owned(),
        r#"{"showing": {"quantity": "two"}}"#.to_owned(),
        format!(r#"{{"showing": {{"showingId": "{ID}"}}, "homeMovie": {{"titleId": "{ID}"}}}}"#),
    ];
    let expected = refusal(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST", &[]);
    for body in bodies {
        assert_eq!(refused(post("/v1/bookings", &body)).await, expected, "{body}");
    }
    for query in ["pageSize=many", "pages=1", "pageSize=1&pageSize=2", "pageToken=%ff"] {
        assert_eq!(refused(get(&format!("/v1/bookings?{query}"))).await, expected, "{query}");
    }
}

#[tokio::test]
async fn other_bodies_are_refused_before_they_are_read() {
    let mut form = post("/v1/bookings", "a=b");
    form.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    assert_eq!(
        refused(form).await,
        refusal(415, "INVALID_ARGUMENT", "UNSUPPORTED_MEDIA_TYPE", &[])
    );
    let large = post("/v1/bookings", format!("{{\"requestId\":\"{}\"}}", "x".repeat(5 << 20)));
    assert_eq!(refused(large).await, refusal(413, "OUT_OF_RANGE", "REQUEST_TOO_LARGE", &[]));
    let mut charset = post("/v1/bookings", json!({"requestId": ID, "homeMovie": {"titleId": ID}}));
    charset
        .headers_mut()
        .insert("content-type", "application/json; charset=utf-8".parse().unwrap());
    assert_eq!(send(charset).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    for path in ["/v1/bookings/1/2", "/v1/bookings:close", "/v2/bookings", "/"] {
        assert_eq!(
            refused(get(path)).await,
            refusal(404, "NOT_FOUND", "UNKNOWN_PATH", &[]),
            "{path}"
        );
    }
    assert_eq!(refused(post("/v1/bookings/x", "{}")).await.2, "UNKNOWN_PATH");
}

#[tokio::test]
async fn an_unavailable_service_says_when_to_try_again() {
    let body = json!({"requestId": ID, "paymentMethod": "pm"});
    let response = send(post(&format!("/v1/bookings/{ID}:pay"), body)).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "2");
    let details = json(&response)["error"]["details"].take();
    let retry =
        json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.500s"});
    assert!(details.as_array().unwrap().contains(&retry), "{details}");
    assert!(details.to_string().contains("PAYMENT_UNREACHABLE"), "{details}");
}

#[tokio::test]
async fn a_refusal_without_details_still_has_a_reason() {
    let bare = refused(get(&format!("/v1/bookings/{}", fake::UNKNOWN))).await;
    assert_eq!(bare, refusal(404, "NOT_FOUND", "NOT_FOUND", &[]));
}

#[tokio::test]
async fn a_stream_is_server_sent_events() {
    let mut request = get(&format!("/v1/bookings/{ID}:watch"));
    request.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
    let response = send(request).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = String::from_utf8(response.into_body()).unwrap();
    let events: Vec<_> = text.split_terminator("\n\n").collect();
    assert_eq!(events.len(), 3, "{text}");
    for (version, event) in ["1", "2"].into_iter().zip(&events) {
        let data: Value = serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(data["booking"]["version"], version);
    }
    let data = events[2].strip_prefix("event: error\ndata: ").unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["error"]["status"], "UNAVAILABLE");
}

#[tokio::test]
async fn a_stream_is_a_json_array_or_lines_otherwise() {
    let array = send(get(&format!("/v1/bookings/{ID}:watch"))).await;
    assert_eq!(json(&array).as_array().unwrap().len(), 3);
    let mut request = get(&format!("/v1/bookings/{ID}:watch"));
    request.headers_mut().insert("accept", "application/x-ndjson".parse().unwrap());
    let lines = send(request).await.into_body();
    let lines = String::from_utf8(lines).unwrap();
    let lines: Vec<Value> = lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn a_stream_refused_at_once_is_an_ordinary_error() {
    let bare = refused(get(&format!("/v1/bookings/{}:watch", fake::UNKNOWN))).await;
    assert_eq!(bare, refusal(404, "NOT_FOUND", "NOT_FOUND", &[]));
}

#[tokio::test]
async fn bytes_that_are_no_message_are_the_callers_mistake() {
    use tower::ServiceExt as _;
    let request: Request<Body> = Request::post("/boxoffice.booking.v1.BookingService/GetBooking")
        .header("content-type", "application/grpc")
        .body(Full::from(vec![0, 0, 0, 0, 2, 0x0a, 0xff]))
        .unwrap();
    let response = BookingServiceServer::new(Fake).oneshot(request).await.unwrap();
    let status = tonic::Status::from_header_map(response.headers()).unwrap();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    let details = tonic_types::StatusExt::get_error_details(&status);
    assert_eq!(details.error_info().unwrap().reason, "MALFORMED_REQUEST");
}
