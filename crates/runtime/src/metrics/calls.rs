//! How long calls take, by RPC and by what came of them, in the words of OpenTelemetry's semantic conventions.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Instant;

use boxoffice_telemetry::metrics::{self, Exemplar, Timer, Timers};
use http::HeaderMap;
use rest_over_grpc::handling;
use tonic::Code;
use tracing::Span;

static SERVED: LazyLock<Timers> = LazyLock::new(|| {
    metrics::timers(
        "rpc_server_call_duration",
        "How long calls took that others made of us; a stream until it begins.",
    )
});
static MADE: LazyLock<Timers> = LazyLock::new(|| {
    metrics::timers(
        "rpc_client_call_duration",
        "How long calls took that we made of our peers; a stream until it begins.",
    )
});

/// The RPCs that are timed, by path. Whatever no contract declares is one of them, `_OTHER`: no caller makes a new series.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    by_path: Arc<HashMap<String, Arc<Rpc>>>,
    other: Arc<Rpc>,
}

/// A call that is being made. When it is dropped before it has ended, nobody waits for its answer any more.
#[derive(Debug)]
pub(crate) struct Call {
    rpc: Arc<Rpc>,
    begun: Instant,
    /// When whoever waits for it gives up.
    until: Option<Instant>,
    exemplar: Option<Exemplar>,
    ended: bool,
}

#[derive(Debug)]
struct Rpc {
    timers: &'static Timers,
    method: String,
    by_code: [OnceLock<Timer>; CODES],
}

/// `OK` to `UNAUTHENTICATED`.
const CODES: usize = Code::Unauthenticated as usize + 1;

// === impl Calls ===

impl Calls {
    /// Of these paths, `/package.Service/Method`, here.
    pub(crate) fn served<'a>(paths: impl Iterator<Item = &'a str>) -> Self {
        Self::of(&SERVED, paths)
    }

    /// Of these paths, elsewhere.
    pub(crate) fn made<'a>(paths: impl Iterator<Item = &'a str>) -> Self {
        Self::of(&MADE, paths)
    }

    fn of<'a>(timers: &'static Timers, paths: impl Iterator<Item = &'a str>) -> Self {
        let rpc = |method: &str| {
            let by_code = std::array::from_fn(|_| OnceLock::new());
            Arc::new(Rpc { timers, method: method.to_owned(), by_code })
        };
        let by_path = paths.map(|path| (path.to_owned(), rpc(path.trim_start_matches('/'))));
        Self { by_path: Arc::new(by_path.collect()), other: rpc("_OTHER") }
    }

    /// A call of `path` begins, which `span` is about.
    pub(crate) fn begin(&self, path: &str, until: Option<Instant>, span: &Span) -> Call {
        let rpc = Arc::clone(self.by_path.get(path).unwrap_or(&self.other));
        let exemplar = Exemplar::of(span);
        Call { rpc, begun: Instant::now(), until, exemplar, ended: false }
    }
}

// === impl Call ===

impl Call {
    pub(crate) fn end(mut self, code: Code) {
        self.record(code);
    }

    fn record(&mut self, code: Code) {
        self.ended = true;
        let timer = self.rpc.by_code[code as usize].get_or_init(|| {
            let code = handling::Code::from_i32(code as i32).unwrap_or(handling::Code::Unknown);
            self.rpc.timers.get_or_create_owned(&vec![
                ("rpc_system_name", "grpc".to_owned()),
                ("rpc_method", self.rpc.method.clone()),
                ("rpc_response_status_code", code.to_string()),
            ])
        });
        timer.took(self.begun.elapsed(), self.exemplar);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.ended {
            let late = self.until.is_some_and(|until| Instant::now() >= until);
            self.record(if late { Code::DeadlineExceeded } else { Code::Cancelled });
        }
    }
}

/// What an answer's headers say. One that goes well says so in its trailers, which are still to come.
pub(crate) fn code(headers: &HeaderMap) -> Code {
    headers.get("grpc-status").map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes()))
}
