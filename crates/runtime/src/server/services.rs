//! The gRPC services of this process, each with room for so many calls, and how one of them is handled: deadline, panic.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use http::{HeaderMap, Request, Response, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::{Code, Status};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt as _};

use crate::status::{Problem, refuse};

/// The services, by the name in a path: `boxoffice.catalog.v1.CatalogService`.
pub(crate) struct Services {
    by_name: BTreeMap<&'static str, Served>,
    calls: usize,
}

struct Served {
    service: BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>,
    /// For as many calls as are handled at once. Each service has its own: one that hangs takes no other with it.
    room: Semaphore,
}

const OVERLOADED: Problem = Problem {
    http: StatusCode::TOO_MANY_REQUESTS,
    code: Code::ResourceExhausted,
    reason: "OVERLOADED",
    message: "too many calls are being handled; come back shortly",
};

// === impl Services ===

impl Services {
    /// Each of them handles at most so many calls at once.
    pub(crate) fn new(calls: usize) -> Self {
        Self { by_name: BTreeMap::new(), calls }
    }

    pub(crate) fn add<S>(&mut self, service: S)
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let service = BoxCloneSyncService::new(service);
        self.by_name.insert(S::NAME, Served { service, room: Semaphore::new(self.calls) });
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.by_name.keys().copied().collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Lets one more call in, if there is room. Whoever is let in is not sent away later.
    pub(crate) fn let_in(&self, path: &str) -> Result<Option<SemaphorePermit<'_>>, Problem> {
        let Some(served) = self.by_name.get(service_of(path)) else { return Ok(None) };
        served.room.try_acquire().map(Some).map_err(|_| OVERLOADED)
    }

    /// The handler, until its caller's deadline, whatever happens inside.
    pub(crate) async fn handle(&self, request: Request<Body>) -> Response<Body> {
        let deadline = deadline(request.headers());
        let guarded = AssertUnwindSafe(self.route(request)).catch_unwind();
        let outcome = match deadline {
            None => guarded.await,
            Some(deadline) => match tokio::time::timeout(deadline, guarded).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    let message = "the caller's deadline has passed";
                    return refuse(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", message)
                        .into_http();
                }
            },
        };
        outcome.unwrap_or_else(|_| refuse(Code::Internal, "PANICKED", "internal error").into_http())
    }

    pub(crate) async fn route(&self, request: Request<Body>) -> Response<Body> {
        let Some(served) = self.by_name.get(service_of(request.uri().path())) else {
            return unknown_service().into_http();
        };
        let response = match served.service.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        too_large(response)
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

/// `package.Service` of `/package.Service/Method`.
pub(crate) fn service_of(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

pub(crate) fn unknown_service() -> Status {
    refuse(Code::Unimplemented, "UNKNOWN_SERVICE", "no such service here")
}

/// `grpc-timeout`: at most 8 digits and a unit.
fn deadline(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let amount: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// A message beyond the service's limit gets the same reason as over HTTP.
fn too_large(response: Response<Body>) -> Response<Body> {
    let found = response.headers().get("grpc-status");
    if found.is_none_or(|code| code != "11") {
        return response;
    }
    match Status::from_header_map(response.headers()) {
        Some(status) if status.message().contains("message length too large") => {
            refuse(Code::OutOfRange, "REQUEST_TOO_LARGE", "the request is larger than 1 MiB")
                .into_http()
        }
        Some(_) | None => response,
    }
}
