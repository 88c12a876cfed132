//! Logs and traces, and the trace context carried across gRPC and events.

mod json;
pub mod metrics;
mod people;
mod propagation;
mod traces;

use std::fmt::Display;
use std::panic::PanicHookInfo;

use opentelemetry::trace::{Status, TracerProvider as _};
use tracing::level_filters::LevelFilter;
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::{EnvFilter, ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{Layer as _, fmt};

pub use propagation::{
    current_trace_id, current_traceparent, inject, parent_from, set_parent, trace_id_of,
};
pub use traces::{Collector, Traces};

/// How logs look and which are written.
#[derive(Clone, Debug)]
pub struct Logs {
    /// For people or for machines.
    pub format: Format,
    /// Directives, as in `info,boxoffice_booking=debug`; see [`Logs::DEFAULT_FILTER`].
    pub filter: String,
}

/// For whom a log line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// People.
    #[default]
    Human,
    /// Machines: one JSON object a line, with `trace_id` and `span_id`.
    Json,
}

/// Keep it until the process ends: dropping it flushes what is still to be exported.
#[derive(Debug)]
#[must_use = "dropping the guard ends telemetry"]
pub struct Guard {
    _provider: traces::Provider,
}

/// Why logs or traces could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directives do not parse.
    #[error("`{filter}` is no log filter; expected directives like `info,boxoffice_booking=debug`")]
    Filter {
        /// As given.
        filter: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// Traces cannot go where they are to go.
    #[error(transparent)]
    Traces(#[from] traces::Error),
    /// Something else in this process has set logs up already.
    #[error("logs are set up twice")]
    Twice(#[from] TryInitError),
}

/// Sets logs and traces up for this process. Call it once, before anything else.
pub fn init(logs: Logs, traces: &Traces) -> Result<Guard, Error> {
    let filter = EnvFilter::try_new(&logs.filter)
        .map_err(|source| Error::Filter { filter: logs.filter, source })?;
    // People read a panic as Rust prints it; and it is never silent, whatever the filter says.
    let logs_panics =
        logs.format == Format::Json && filter.max_level_hint() != Some(LevelFilter::OFF);
    let provider = traces.provider()?;
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.spans.tracer("boxoffice"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false)
        // Trace ids travel whatever the log filter says.
        .with_filter(Targets::new().with_target("boxoffice", LevelFilter::INFO));
    let lines = match logs.format {
        Format::Human => {
            fmt::layer().fmt_fields(people::Fields).with_writer(std::io::stderr).boxed()
        }
        Format::Json => fmt::layer()
            .fmt_fields(fmt::format::JsonFields::new())
            .event_format(json::Lines)
            .with_writer(std::io::stderr)
            .boxed(),
    };
    tracing_subscriber::registry().with(spans).with(lines.with_filter(filter)).try_init()?;
    if logs_panics {
        std::panic::set_hook(Box::new(log));
    }
    Ok(Guard { _provider: provider })
}

/// The current span is about this booking, and so is every line that is logged within it. Only a span that was made with
/// an empty `booking.id` can be told so.
pub fn about_booking(id: impl Display) {
    Span::current().record("booking.id", field::display(id));
}

/// The span of work that is taken up again when nobody waits for it any more, in the trace of whoever caused it. `booking` is
/// whose it is.
pub fn taken_up(what: &'static str, booking: impl Display, traceparent: Option<&str>) -> Span {
    let span =
        tracing::info_span!("taken up", otel.name = what, work = what, booking.id = %booking);
    set_parent(&span, traceparent);
    span
}

/// `span` did not do what it was to do, on our side of the matter: a trace that a collector keeps.
pub fn failed(span: &Span, why: impl Into<String>) {
    span.set_status(Status::error(why.into()));
}

fn log(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("a value that is no text");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = std::backtrace::Backtrace::capture();
    tracing::error!(panic = message, place, %backtrace, "a task panicked");
}

// === impl Logs ===

impl Logs {
    /// What a person who runs it wants to see.
    pub const DEFAULT_FILTER: &str = "info,sqlx=warn,sea_orm_migration=warn,async_nats=off";
}

impl Default for Logs {
    fn default() -> Self {
        Self { format: Format::default(), filter: Self::DEFAULT_FILTER.to_owned() }
    }
}
