//! The gRPC services of this process, and what every call of them goes through: trace, token, access, deadline, panic.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use boxoffice_contracts::access::v1::Role;
use futures::FutureExt as _;
use http::{HeaderMap, Request, Response, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::{Code, Status};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt as _};
use tracing::{Instrument as _, Span, field};

use super::bodies::Bodies;
use super::rates::Rates;
use super::{Limits, connections, streams};
use crate::auth::{Access, Auth, Caller, Denied, Rule};
use crate::metrics::calls::{self, Calls};
use crate::status::{Problem, refuse, to_status, whole, with_cause};

/// All gRPC services of this process behind the layers every call goes through. Clones are the same.
#[derive(Clone)]
pub struct Grpc {
    stack: Arc<Stack>,
}

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

struct Stack {
    /// Set when the server starts: contexts are built before, and hold on to this.
    bound: OnceLock<Bound>,
    auth: Auth,
    rates: Arc<Rates>,
    bodies: Arc<Bodies>,
    watchers: Arc<Semaphore>,
    slow: Duration,
    draining: CancellationToken,
}

/// What is served, and to whom.
#[derive(Debug)]
struct Bound {
    services: Services,
    calls: Calls,
    access: Access,
}

/// What is told of a call when it has ended.
struct Call {
    path: String,
    took: Duration,
    cause: Option<String>,
}

/// Whoever minds us has to get an answer, however many others ask.
const HEALTH: &str = "grpc.health.v1.Health";

/// Before each message of gRPC: whether it is compressed, and its length.
const FRAME: usize = 5;

const OVERLOADED: Problem = Problem {
    http: StatusCode::TOO_MANY_REQUESTS,
    code: Code::ResourceExhausted,
    reason: "OVERLOADED",
    message: "too many calls are being handled; come back shortly",
};

/// How a caller proves who they are.
#[derive(Clone, Copy)]
enum Proof {
    /// By the token in the call, if there is one.
    Token,
    /// Being in this process.
    Ourselves,
}

// === impl Grpc ===

impl Grpc {
    pub(crate) fn new(auth: Auth, limits: Limits, rates: Arc<Rates>, bodies: Arc<Bodies>) -> Self {
        Self {
            stack: Arc::new(Stack {
                bound: OnceLock::new(),
                auth,
                rates,
                bodies,
                watchers: Arc::new(Semaphore::new(limits.watchers)),
                slow: limits.slow,
                draining: CancellationToken::new(),
            }),
        }
    }

    /// From now on calls find the services.
    pub(crate) fn bind(&self, services: Services, access: Access) {
        let calls = Calls::served(access.paths());
        if self.stack.bound.set(Bound { services, calls, access }).is_err() {
            tracing::error!("a server's services are bound once");
        }
    }

    /// From now on streams end.
    pub(crate) fn drain(&self) {
        self.stack.draining.cancel();
    }

    /// Whether `path` is an RPC of ours, served here or not.
    pub(crate) fn is_rpc(&self, path: &str) -> bool {
        let rule = self.stack.bound.get().map(|bound| bound.access.of(path));
        matches!(rule, Some(Rule::Roles(_)))
    }

    pub(crate) async fn call_with_token(&self, request: Request<Body>) -> Response<Body> {
        self.stack.call(request, Proof::Token).await
    }

    pub(crate) async fn call_as_service(&self, request: Request<Body>) -> Response<Body> {
        self.stack.call(request, Proof::Ourselves).await
    }
}

impl Service<Request<Body>> for Grpc {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let grpc = self.clone();
        Box::pin(async move { Ok(grpc.call_with_token(request).await) })
    }
}

impl fmt::Debug for Grpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grpc").field("bound", &self.stack.bound.get()).finish_non_exhaustive()
    }
}

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

    /// Lets one more call in, if there is room. Whoever is let in is not sent away later.
    fn let_in(&self, path: &str) -> Result<Option<SemaphorePermit<'_>>, Problem> {
        let Some(served) = self.by_name.get(service_of(path)) else { return Ok(None) };
        served.room.try_acquire().map(Some).map_err(|_| OVERLOADED)
    }

    /// The handler, until its caller's deadline, whatever happens inside.
    async fn handle(&self, request: Request<Body>) -> Response<Body> {
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

    async fn route(&self, request: Request<Body>) -> Response<Body> {
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

// === impl Bound ===

impl Bound {
    /// Why an RPC that no contract declares is not let in, though its service may well be here.
    fn refused(&self, path: &str) -> Status {
        let name = service_of(path);
        if !self.services.by_name.contains_key(name) {
            return unknown_service();
        }
        if self.access.knows(name) {
            return refuse(Code::Unimplemented, "UNKNOWN_METHOD", "no such method here");
        }
        tracing::error!(rpc = path, "refused, because no contract says who may call it");
        refuse(Code::PermissionDenied, "ACCESS_UNDECLARED", "no contract says who may call this")
    }
}

// === impl Stack ===

impl Stack {
    async fn call(&self, request: Request<Body>, proof: Proof) -> Response<Body> {
        let Some(bound) = self.bound.get() else {
            return refuse(Code::Unavailable, "STARTING", "the server has not started").into_http();
        };
        let path = request.uri().path();
        let allowed = match bound.access.of(path) {
            Rule::Roles(allowed) => allowed,
            Rule::Open => {
                if service_of(path) != HEALTH
                    && let Some(peer) = connections::peer()
                {
                    let counted = self.rates.address(peer, request.headers());
                    if let Err(too_often) = counted {
                        return to_status(&too_often).into_http();
                    }
                }
                let response = bound.services.route(request).await;
                return response.map(|body| streams::ending_with(&self.draining, None, body));
            }
            Rule::Undeclared => {
                let status = bound.refused(path);
                bound.calls.begin(path, None, &Span::none()).end(status.code());
                return status.into_http();
            }
        };
        let span = span(path, request.headers());
        let timed = bound.calls.begin(path, None, &span);
        let path = path.to_owned();
        let handled = async {
            let handled = self.handled(&bound.services, request, allowed, proof).await;
            handled.unwrap_or_else(Status::into_http)
        };
        let begun = Instant::now();
        let (response, cause) = with_cause(handled).instrument(span.clone()).await;
        timed.end(calls::code(response.headers()));
        let call = Call { path, took: begun.elapsed(), cause };
        span.in_scope(|| self.note(&call, &span, response.headers()));
        let watchers = Some(&self.watchers);
        response.map(|body| streams::ending_with(&self.draining, watchers, body))
    }

    /// Who is too often here, brings too much, or comes when it is full is refused before any work is done for them. A call of
    /// our own services is part of one that has been let in, and goes through.
    async fn handled(
        &self,
        services: &Services,
        mut request: Request<Body>,
        allowed: &[Role],
        proof: Proof,
    ) -> Result<Response<Body>, Status> {
        let caller = self.caller(request.headers(), proof).await;
        let is_ours = caller.as_ref().is_ok_and(|caller| caller.is(Role::Service));
        if is_ours {
            connections::spare();
        } else if let Some(peer) = connections::peer() {
            self.rates.address(peer, request.headers()).map_err(|it| to_status(&it))?;
        }
        let caller = caller?;
        caller.may(allowed)?;
        if !is_ours && let Some(subject) = &caller.sub {
            self.rates.customer(subject).map_err(|it| to_status(&it))?;
        }
        if matches!(proof, Proof::Token) {
            request = self.arrived(request).await.map_err(Problem::into_status)?;
        }
        let _room = if is_ours {
            None
        } else {
            services.let_in(request.uri().path()).map_err(Problem::into_status)?
        };
        Ok(caller.handle(services.handle(request)).await)
    }

    /// The request with all it brings. No RPC takes a stream.
    async fn arrived(&self, request: Request<Body>) -> Result<Request<Body>, Problem> {
        let (parts, body) = request.into_parts();
        let body = self.bodies.read(&parts.headers, body, FRAME).await?;
        Ok(Request::from_parts(parts, whole(body)))
    }

    async fn caller(&self, headers: &HeaderMap, proof: Proof) -> Result<Arc<Caller>, Denied> {
        match proof {
            Proof::Ourselves => Ok(Caller::service()),
            Proof::Token => self.auth.caller(headers).await,
        }
    }

    /// One line for a call that failed on our side, or took long.
    fn note(&self, call: &Call, span: &Span, headers: &HeaderMap) {
        // A call that went well says so in its trailers, which are still to come.
        let code = Status::from_header_map(headers).map_or(Code::Ok, |status| status.code());
        span.record("rpc.grpc.status_code", code as i32);
        if is_ours_to_blame(code) {
            boxoffice_telemetry::failed(span, format!("{code:?}"));
        }
        let Call { path, took, cause } = call;
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let error = cause.as_deref();
        match code {
            Code::Internal | Code::Unknown | Code::DataLoss => {
                tracing::error!(rpc = path, ?code, took_ms, error, "call failed");
            }
            Code::Unavailable | Code::DeadlineExceeded => {
                tracing::info!(rpc = path, ?code, took_ms, error, "call failed");
            }
            Code::Ok
            | Code::Cancelled
            | Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Unauthenticated => {
                if *took >= self.slow {
                    tracing::info!(rpc = path, ?code, took_ms, "call was slow");
                }
            }
        }
    }
}

/// `package.Service` of `/package.Service/Method`.
fn service_of(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

fn unknown_service() -> Status {
    refuse(Code::Unimplemented, "UNKNOWN_SERVICE", "no such service here")
}

/// A part of what this process is doing already, for HTTP/JSON or for a peer in it; else what came in begins here.
fn span(path: &str, headers: &HeaderMap) -> Span {
    let name = path.trim_start_matches('/');
    let (service, method) = name.split_once('/').unwrap_or_default();
    let is_inside = !Span::current().is_disabled();
    let span = tracing::info_span!(
        "rpc",
        otel.name = name,
        otel.kind = if is_inside { "internal" } else { "server" },
        rpc.system = "grpc",
        rpc.service = service,
        rpc.method = method,
        rpc.grpc.status_code = field::Empty,
        booking.id = field::Empty,
    );
    if !is_inside {
        boxoffice_telemetry::parent_from(&span, headers);
    }
    span
}

/// What the semantic conventions count as a server's error; the others are the caller's.
fn is_ours_to_blame(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
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
