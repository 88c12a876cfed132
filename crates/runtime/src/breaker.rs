//! Stops asking a peer that does not answer, and says so in microseconds.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use boxoffice_kernel::{Fault, Kind};
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Response, Status};
use tower::{Service as _, service_fn};
use tower_resilience_circuitbreaker::{
    CircuitBreakerError, CircuitBreakerHandle, CircuitBreakerLayer, CircuitState, FailureClassifier,
};

use tracing::Instrument as _;

use crate::metrics::breaker::Standing;
use crate::peers::DEADLINE;

/// One peer's circuit breaker; clones share it.
#[derive(Clone)]
pub struct Breaker {
    name: &'static str,
    layer: CircuitBreakerLayer<Transport>,
    handle: CircuitBreakerHandle<Transport>,
    standing: Standing,
}

/// When a breaker opens and closes.
#[derive(Clone, Copy, Debug)]
pub struct BreakerConfig {
    /// How many of the latest calls count.
    pub window: usize,
    /// It stays closed before this many calls were made.
    pub minimum: usize,
    /// It opens when this share of them failed, 0.0–1.0.
    pub failures: f64,
    /// How long it stays open before one call may try again.
    pub open: Duration,
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Not asked: the circuit is open.
    #[error("the service is not asked at the moment, it has not been answering")]
    Open,
    /// No answer within the deadline. It may yet be carried out.
    #[error("the service did not answer in time")]
    Timeout,
    /// It answered with an error.
    #[error("{}", .0.message())]
    Status(#[source] Status),
}

/// Says when to open. (The library's own window of calls never forgets any: after a million good ones it takes a million
/// bad ones to open. So it is told of a failure only when it is time.)
#[derive(Clone, Debug)]
struct Transport {
    config: BreakerConfig,
    recent: Arc<Mutex<Recent>>,
}

/// The latest calls, since the circuit closed.
#[derive(Debug, Default)]
struct Recent {
    failed: VecDeque<bool>,
    /// One call tries whether the peer is back: it alone decides.
    probing: bool,
}

// === impl Breaker ===

impl Breaker {
    /// A closed one. `name` is for the logs and the metrics.
    pub fn new(name: &'static str, config: BreakerConfig) -> Self {
        let transport = Transport { config, recent: Arc::default() };
        let recent = Arc::clone(&transport.recent);
        let standing = Standing::of(name);
        let shown = standing.clone();
        let (layer, handle) = CircuitBreakerLayer::builder()
            .name(name)
            .consecutive_failures(1)
            .wait_duration_in_open(config.open)
            .permitted_calls_in_half_open(1)
            .on_state_transition(move |from, to| {
                tracing::info!(breaker = name, ?from, ?to, "circuit breaker changed");
                shown.is(to);
                let probing = to == CircuitState::HalfOpen;
                *lock(&recent) = Recent { probing, ..Recent::default() };
            })
            .failure_classifier_type(transport)
            .build_with_handle()
            .unwrap_or_else(|error| unreachable!("one failure and one probe are sound: {error}"));
        Self { name, layer, handle, standing }
    }

    /// Waits for `call` until `deadline` has passed, if the circuit lets it through at all. A [`Peer`](crate::Peer) called
    /// inside tells the deadline to the other side (`grpc-timeout`).
    pub async fn call<T, F>(&self, deadline: Duration, call: F) -> Result<T, CallError>
    where
        T: Send + 'static,
        F: Future<Output = Result<Response<T>, Status>> + Send + 'static,
    {
        let until = Instant::now() + deadline;
        let bounded = async move {
            match timeout_at(until, call).await {
                Ok(Ok(response)) => Ok(response.into_inner()),
                Ok(Err(status)) => Err(CallError::Status(status)),
                Err(_) => Err(CallError::Timeout),
            }
        };
        let bounded = Box::pin(DEADLINE.scope(until, bounded).in_current_span());
        let service = service_fn(|future| future);
        match tower::Layer::layer(&self.layer, service).call(bounded).await {
            Ok(answer) => Ok(answer),
            Err(CircuitBreakerError::OpenCircuit) => {
                self.standing.refused.inc();
                Err(CallError::Open)
            }
            Err(CircuitBreakerError::Inner(error)) => Err(error),
        }
    }

    /// Whether calls are refused without asking.
    pub fn is_open(&self) -> bool {
        self.handle.state() == CircuitState::Open
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker").field("name", &self.name).field("open", &self.is_open()).finish()
    }
}

// === impl BreakerConfig ===

impl Default for BreakerConfig {
    /// Opens when half of the last 10 calls failed, of at least 4; tries again after a second.
    fn default() -> Self {
        Self { window: 10, minimum: 4, failures: 0.5, open: Duration::from_secs(1) }
    }
}

// === impl CallError ===

impl Fault for CallError {
    fn kind(&self) -> Kind {
        match self {
            Self::Open | Self::Timeout => Kind::Unavailable,
            Self::Status(status) => match status.code() {
                Code::InvalidArgument | Code::OutOfRange => Kind::Invalid,
                Code::NotFound => Kind::NotFound,
                Code::FailedPrecondition | Code::AlreadyExists => Kind::Refused,
                Code::Aborted => Kind::Conflict,
                Code::ResourceExhausted => Kind::Exhausted,
                Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => Kind::Unavailable,
                // That we may not, or that they do not know the method, is our mistake, not the caller's.
                Code::Unauthenticated
                | Code::PermissionDenied
                | Code::Unimplemented
                | Code::Ok
                | Code::Unknown
                | Code::Internal
                | Code::DataLoss => Kind::Internal,
            },
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Open => "CIRCUIT_OPEN",
            Self::Timeout => "PEER_TIMEOUT",
            Self::Status(_) => "PEER_FAILED",
        }
    }
}

// === impl Transport ===

impl Transport {
    /// Only what says "I could not", not what says "no".
    fn is_failure<T>(result: &Result<T, CallError>) -> bool {
        match result {
            Ok(_) | Err(CallError::Open) => false,
            Err(CallError::Timeout) => true,
            Err(CallError::Status(status)) => matches!(
                status.code(),
                Code::Unavailable | Code::DeadlineExceeded | Code::Internal | Code::Unknown
            ),
        }
    }
}

impl<T> FailureClassifier<T, CallError> for Transport {
    /// Whether the circuit is to open because of this call.
    fn classify(&self, result: &Result<T, CallError>) -> bool {
        let failed = Self::is_failure(result);
        let mut recent = lock(&self.recent);
        recent.failed.push_back(failed);
        if recent.failed.len() > self.config.window {
            recent.failed.pop_front();
        }
        let calls = recent.failed.len();
        let failures = recent.failed.iter().filter(|failed| **failed).count();
        let too_many =
            calls >= self.config.minimum && failures as f64 >= self.config.failures * calls as f64;
        failed && (recent.probing || too_many)
    }
}

fn lock(recent: &Mutex<Recent>) -> MutexGuard<'_, Recent> {
    recent.lock().unwrap_or_else(PoisonError::into_inner)
}
