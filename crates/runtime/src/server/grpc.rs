//! What every call of the gRPC services goes through: trace, token, rates, access, body, room.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use boxoffice_contracts::access::v1::Role;
use http::{HeaderMap, Request, Response};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;
use tracing::{Instrument as _, Span, field};

use super::bodies::Bodies;
use super::rates::Rates;
use super::services::{Services, service_of, unknown_service};
use super::{Limits, connections, streams};
use crate::auth::{Access, Auth, Caller, Denied, Rule};
use crate::metrics::calls::{self, Calls};
use crate::status::{Problem, refuse, to_status, whole, with_cause};

/// All gRPC services of this process behind the layers every call goes through. Clones are the same.
#[derive(Clone)]
pub struct Grpc {
    stack: Arc<Stack>,
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

    /// Cancelled when the server stops: streams end, and connections. It is one token, so that no stream that ends because its
    /// connection does can think that the server goes on.
    pub(crate) fn draining(&self) -> &CancellationToken {
        &self.stack.draining
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

// === impl Bound ===

impl Bound {
    /// Why an RPC that no contract declares is not let in, though its service may well be here.
    fn refused(&self, path: &str) -> Status {
        let name = service_of(path);
        if !self.services.has(name) {
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
                    && let Err(too_often) = self.count_address(request.headers())
                {
                    return too_often.into_http();
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
        } else {
            self.count_address(request.headers())?;
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

    /// Counts a call that came over a connection.
    fn count_address(&self, headers: &HeaderMap) -> Result<(), Status> {
        let Some(peer) = connections::peer() else { return Ok(()) };
        self.rates.address(peer, headers).map_err(|it| to_status(&it))
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
