//! From a JSON call to a gRPC call and back. The generated bridges call these.

use futures::StreamExt as _;
use http::HeaderMap;
use rest_over_grpc::handling::{Context, ResponseStream, Status};
use tonic::metadata::MetadataMap;
use tonic_types::{ErrorDetails, StatusExt as _};

use super::error::convert;
use crate::DOMAIN;

/// What of an HTTP request is the caller's and not the connection's, and goes on as metadata.
const FORWARDED: [&str; 12] = [
    "accept-language",
    "authorization",
    "b3",
    "baggage",
    "grpc-timeout",
    "idempotency-key",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-forwarded-for",
    "x-ot-span-context",
    "x-request-id",
];

/// What of a gRPC answer's metadata the HTTP caller gets to see.
const ANSWERED: [&str; 3] = ["traceparent", "www-authenticate", "x-request-id"];

/// The gRPC request, with the caller's headers as its metadata.
pub(crate) fn outgoing<T>(request: T, cx: &Context) -> tonic::Request<T> {
    let forwarded = |name: &str| FORWARDED.contains(&name) || name.starts_with("x-b3-");
    let headers: HeaderMap = cx
        .request_headers()
        .iter()
        .filter(|(name, _)| forwarded(name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut request = tonic::Request::new(request);
    *request.metadata_mut() = MetadataMap::from_headers(headers);
    request
}

/// The answer of a call that has one.
pub(crate) fn unary<T>(
    answer: Result<tonic::Response<T>, tonic::Status>,
    cx: &mut Context,
) -> Result<T, Status> {
    let answer = accepted(answer, cx)?;
    Ok(answer.into_inner())
}

/// The answers of a call that has many.
pub(crate) fn stream<T: Send + 'static>(
    answer: Result<tonic::Response<tonic::Streaming<T>>, tonic::Status>,
    cx: &mut Context,
) -> Result<ResponseStream<T>, Status> {
    let answers = accepted(answer, cx)?.into_inner();
    Ok(Box::pin(answers.map(|answer| answer.map_err(|status| convert(&status)))))
}

/// Takes `Idempotency-Key` for a `request_id` that the body does not give.
pub(crate) fn idempotency_key(request_id: &mut String, cx: &Context) -> Result<(), Status> {
    let Some(key) = cx.request_headers().get("idempotency-key") else { return Ok(()) };
    // The draft standard has it as a quoted string; most clients send it bare.
    let key = key.to_str().unwrap_or("\u{fffd}").trim().trim_matches('"');
    if request_id.is_empty() {
        *request_id = key.to_owned();
    }
    if request_id.eq_ignore_ascii_case(key) {
        return Ok(());
    }
    let mut details = ErrorDetails::with_error_info("INVALID_FIELD", DOMAIN, []);
    details.add_bad_request_violation("request_id", "differs from the header idempotency-key");
    Err(convert(&tonic::Status::with_error_details(
        tonic::Code::InvalidArgument,
        "`request_id` differs from the header idempotency-key",
        details,
    )))
}

fn accepted<T>(
    answer: Result<tonic::Response<T>, tonic::Status>,
    cx: &mut Context,
) -> Result<tonic::Response<T>, Status> {
    let metadata = match &answer {
        Ok(answer) => answer.metadata(),
        Err(status) => status.metadata(),
    };
    for name in ANSWERED {
        if let Some(value) = metadata.as_ref().get(name) {
            cx.insert_response_header(http::HeaderName::from_static(name), value.clone());
        }
    }
    answer.map_err(|status| convert(&status))
}
