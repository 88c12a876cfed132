//! Errors over HTTP, as Google's own APIs answer them (AIP-193):
//! `{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"…","details":[…]}}`.

use std::time::Duration;

use http::{HeaderValue, Response, StatusCode, header};
use rest_over_grpc::handling::{Code, Status};
use rest_over_grpc::serving::RestBody;
use rest_over_grpc::transcoding::HttpResponse;
use serde::Deserialize;
use serde_json::{Value, json};
use tonic_types::{BadRequest, ErrorDetail, ErrorInfo, FieldViolation, RetryInfo, StatusExt as _};

use crate::DOMAIN;
use crate::wkt::camel;

/// How the transcoder writes an error down.
#[derive(Deserialize)]
struct Raw {
    code: i32,
    message: String,
    #[serde(default)]
    details: Vec<Value>,
}

/// A gRPC status as an HTTP answer, for whoever answers before or beside the transcoder.
pub fn refuse(status: &tonic::Status) -> Response<RestBody> {
    sent(render(&convert(status)))
}

/// An answer with a body.
pub(super) fn sent(response: HttpResponse) -> Response<RestBody> {
    response.into_http().map(RestBody::buffered)
}

/// A gRPC status for the transcoder; it always has an `ErrorInfo`.
pub(super) fn convert(status: &tonic::Status) -> Status {
    let code = Code::from_i32(status.code() as i32).unwrap_or(Code::Unknown);
    let details = status.get_error_details_vec();
    let mut details: Vec<_> = details.into_iter().filter_map(detail).collect();
    if !details.iter().any(is_error_info) {
        details.insert(0, error_info(&code.to_string()));
    }
    Status::new(code, status.message()).with_details(details)
}

/// The transcoder's answer with Google's shape, if it is an error.
pub(super) fn polish(response: HttpResponse) -> HttpResponse {
    if response.status().is_success() {
        return response;
    }
    let Ok(raw) = serde_json::from_slice::<Raw>(response.body()) else { return response };
    let mut polished = render(&raw.into_status());
    let mut own = polished.headers().clone();
    // Whoever refused knows better what is wrong with the token.
    if response.headers().contains_key(header::WWW_AUTHENTICATE) {
        own.remove(header::WWW_AUTHENTICATE);
    }
    polished.headers_mut().extend(response.headers().clone());
    polished.headers_mut().extend(own);
    polished
}

/// The `error` of an answer.
pub(super) fn body(status: &Status, http: StatusCode) -> Value {
    json!({"error": {
        "code": http.as_u16(),
        "status": status.code().to_string(),
        "message": status.message(),
        "details": status.details(),
    }})
}

/// No RPC has this method and path.
pub(super) fn unknown_path(method: &str, target: &str) -> HttpResponse {
    let path = target.split('?').next().unwrap_or_default();
    render(&said(Code::NotFound, "UNKNOWN_PATH", format!("no call is made by {method} {path}")))
}

/// The body is larger than the server reads.
pub(super) fn too_large(limit: usize) -> HttpResponse {
    let message = format!("the body is larger than {limit} bytes");
    let status = said(Code::OutOfRange, "REQUEST_TOO_LARGE", message);
    render_as(&status, StatusCode::PAYLOAD_TOO_LARGE)
}

/// The body did not come in full.
pub(super) fn unreadable() -> HttpResponse {
    render(&said(Code::InvalidArgument, "MALFORMED_REQUEST", "the body broke off".to_owned()))
}

/// The body does not call itself JSON.
pub(super) fn not_json(content_type: &str) -> HttpResponse {
    let message =
        format!("the body is `{content_type}`; send it as `content-type: application/json`");
    let status = said(Code::InvalidArgument, "UNSUPPORTED_MEDIA_TYPE", message);
    render_as(&status, StatusCode::UNSUPPORTED_MEDIA_TYPE)
}

fn said(code: Code, reason: &str, message: String) -> Status {
    Status::new(code, message).with_detail(error_info(reason))
}

fn render(status: &Status) -> HttpResponse {
    render_as(status, status.code().to_http_status())
}

fn render_as(status: &Status, http: StatusCode) -> HttpResponse {
    let mut response = HttpResponse::json(http, body(status, http).to_string().into_bytes());
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after(status) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if http == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// In whole seconds, because that is all the header can say.
fn retry_after(status: &Status) -> Option<u64> {
    let told = status.details().iter().find_map(|detail| detail["retryDelay"].as_str());
    let told = told.and_then(|delay| delay.trim_end_matches('s').parse::<f64>().ok());
    if !matches!(status.code(), Code::Unavailable | Code::ResourceExhausted) {
        return None;
    }
    let seconds = told.unwrap_or(1.0).clamp(1.0, 86_400.0).ceil();
    Some(Duration::from_secs_f64(seconds).as_secs())
}

fn error_info(reason: &str) -> Value {
    json!({"@type": ErrorInfo::TYPE_URL, "reason": reason, "domain": DOMAIN, "metadata": {}})
}

fn is_error_info(detail: &Value) -> bool {
    detail["@type"] == ErrorInfo::TYPE_URL
}

/// The kinds of details we send, in JSON; the others stay in gRPC.
fn detail(detail: ErrorDetail) -> Option<Value> {
    if let ErrorDetail::ErrorInfo(info) = detail {
        Some(json!({
            "@type": ErrorInfo::TYPE_URL,
            "reason": info.reason,
            "domain": info.domain,
            "metadata": info.metadata,
        }))
    } else if let ErrorDetail::BadRequest(request) = detail {
        // google.rpc.BadRequest: in JSON, fields go by their JSON names.
        let violation =
            |it: &FieldViolation| json!({"field": camel(&it.field), "description": it.description});
        let violations: Vec<_> = request.field_violations.iter().map(violation).collect();
        Some(json!({"@type": BadRequest::TYPE_URL, "fieldViolations": violations}))
    } else if let ErrorDetail::RetryInfo(info) = detail {
        let delay = crate::wkt::Duration::from(info.retry_delay.unwrap_or_default());
        Some(json!({"@type": RetryInfo::TYPE_URL, "retryDelay": delay}))
    } else {
        None
    }
}

// === impl Raw ===

impl Raw {
    fn into_status(self) -> Status {
        let code = Code::from_i32(self.code).unwrap_or(Code::Unknown);
        // Errors of ours come with an ErrorInfo; without one it is the transcoder's own.
        if self.details.iter().any(is_error_info) {
            return Status::new(code, self.message).with_details(self.details);
        }
        if code == Code::InvalidArgument {
            said(code, "MALFORMED_REQUEST", self.message)
        } else {
            said(code, &code.to_string(), self.message)
        }
    }
}
