//! The one table from [`Kind`] to what gRPC and HTTP callers see.

use std::cell::RefCell;
use std::future::Future;
use std::time::Duration;

use boxoffice_contracts::DOMAIN;
use boxoffice_kernel::fault::chain;
use boxoffice_kernel::{Fault, Kind};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// An answer to a request that reached no RPC, in the shape that RPC errors have over HTTP (AIP-193).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Problem {
    pub(crate) http: StatusCode,
    pub(crate) code: Code,
    pub(crate) reason: &'static str,
    pub(crate) message: &'static str,
}

tokio::task_local! {
    /// Why the call that is being handled fails on our side; told once, when it has ended.
    static CAUSE: RefCell<Option<String>>;
}

/// Renders a fault for a caller outside. What is our own trouble is logged, once and with its causes, by the server when
/// the call ends; outside of a call, here. What is internal is hidden from the caller.
pub fn to_status(fault: &dyn Fault) -> Status {
    let kind = fault.kind();
    let message = match kind {
        Kind::Internal => "internal error".to_owned(),
        Kind::Unavailable
        | Kind::Invalid
        | Kind::NotFound
        | Kind::Refused
        | Kind::Conflict
        | Kind::Unauthenticated
        | Kind::Denied
        | Kind::Exhausted => fault.to_string(),
    };
    if matches!(kind, Kind::Internal | Kind::Unavailable) {
        let cause = chain(fault);
        if CAUSE.try_with(|it| it.replace(Some(cause.clone()))).is_err() {
            tracing::warn!(error = cause, reason = fault.reason(), "not done");
        }
    }
    let mut details = ErrorDetails::new();
    details.set_error_info(fault.reason(), DOMAIN, []);
    if let Some(field) = fault.field() {
        details.add_bad_request_violation(field, &message);
    }
    if let Some(delay) = fault.retry_after() {
        details.set_retry_info(Some(delay));
    }
    Status::with_error_details(code(kind), message, details)
}

/// Runs `call`, and says what [`to_status`] was told meanwhile.
pub(crate) async fn with_cause<F: Future>(call: F) -> (F::Output, Option<String>) {
    let told = async {
        let output = call.await;
        (output, CAUSE.with(RefCell::take))
    };
    CAUSE.scope(RefCell::default(), told).await
}

/// The stable reason in a peer's answer, if it carries one.
pub fn reason_of(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

pub(crate) const fn code(kind: Kind) -> Code {
    match kind {
        Kind::Invalid => Code::InvalidArgument,
        Kind::NotFound => Code::NotFound,
        Kind::Refused => Code::FailedPrecondition,
        Kind::Conflict => Code::Aborted,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::Denied => Code::PermissionDenied,
        Kind::Exhausted => Code::ResourceExhausted,
        Kind::Unavailable => Code::Unavailable,
        Kind::Internal => Code::Internal,
    }
}

/// A status with a reason, for what is no [`Fault`].
pub(crate) fn refuse(code: Code, reason: &str, message: &str) -> Status {
    Status::with_error_details(code, message, ErrorDetails::with_error_info(reason, DOMAIN, []))
}

/// When whoever was too much may come back.
const AGAIN: Duration = Duration::from_secs(1);

// === impl Problem ===

impl Problem {
    pub(crate) fn into_status(self) -> Status {
        let mut details = ErrorDetails::with_error_info(self.reason, DOMAIN, []);
        if self.code == Code::ResourceExhausted {
            // Those who were refused together do not come back together.
            details.set_retry_info(Some(AGAIN.mul_f64(rand::random_range(0.5..1.5))));
        }
        Status::with_error_details(self.code, self.message, details)
    }

    pub(crate) fn into_response(self) -> http::Response<Body> {
        let code = rest_over_grpc::handling::Code::from_i32(self.code as i32);
        let body = json!({"error": {
            "code": self.http.as_u16(),
            "status": code.unwrap_or(rest_over_grpc::handling::Code::Unknown).to_string(),
            "message": self.message,
            "details": [{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": self.reason,
                "domain": DOMAIN,
                "metadata": {},
            }],
        }});
        let mut response = http::Response::new(whole(body.to_string()));
        *response.status_mut() = self.http;
        if self.code == Code::ResourceExhausted {
            response.headers_mut().insert(header::RETRY_AFTER, AGAIN.as_secs().into());
        }
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        never_guess(response.headers_mut());
        response
    }
}

/// Tells browsers to take the content for what it is said to be.
pub(crate) fn never_guess(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// A body that is all there.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Body::new(http_body_util::Full::new(bytes.into()))
}
