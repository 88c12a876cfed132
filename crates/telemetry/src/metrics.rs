//! What this process counts and times: one registry, shown to Prometheus.
//!
//! Metrics belong to the process, as logs do: whoever measures registers a family once, in a static, and keeps the
//! series it writes to. Measuring is then a few atomic operations, and no signature knows of it.

mod exposition;
mod process;

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::trace::{TraceContextExt as _, TraceId};
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, LabelSetEncoder, MetricEncoder};
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::{MetricType, TypedMetric, gauge};
use prometheus_client::registry::{Metric, Registry};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

pub use exposition::{Exposition, expose};
pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::registry::Unit;

/// What tells a series from the others of its family. Their values come from our own code, never from a caller.
pub type Labels = Vec<(&'static str, String)>;
/// Series that only grow; shown with `_total` at the end of their name.
pub type Counters = Family<Labels, Counter>;
/// Series that go up and down.
pub type Gauges = Family<Labels, Gauge>;
/// Series of durations, in seconds.
pub type Timers = Family<Labels, Timer>;
/// A value that goes up and down.
pub type Gauge = gauge::Gauge<f64, AtomicU64>;

/// Durations by bucket, each with the trace of one that fell into it.
#[derive(Clone, Debug)]
pub struct Timer(HistogramWithExemplars<Exemplar>);

/// Where a duration can be looked at more closely.
#[derive(Clone, Copy, Debug)]
pub struct Exemplar(TraceId);

/// What the semantic conventions advise for durations in seconds.
const BUCKETS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

static REGISTRY: LazyLock<Mutex<Registry>> = LazyLock::new(|| {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(process::Process::new()));
    Mutex::new(registry)
});

/// Registers a family of counters, named without `_total`.
pub fn counters(name: &'static str, help: &'static str) -> Counters {
    register(name, help, None)
}

/// Registers a family of gauges.
pub fn gauges(name: &'static str, help: &'static str) -> Gauges {
    register(name, help, None)
}

/// Registers a family of gauges in `unit`, which is added to its name.
pub fn gauges_in(unit: Unit, name: &'static str, help: &'static str) -> Gauges {
    register(name, help, Some(unit))
}

/// Registers a family of durations, named without `_seconds`.
pub fn timers(name: &'static str, help: &'static str) -> Timers {
    register(name, help, Some(Unit::Seconds))
}

fn register<F: Metric + Clone + Default>(name: &str, help: &str, unit: Option<Unit>) -> F {
    let family = F::default();
    match unit {
        Some(unit) => registry().register_with_unit(name, help, unit, family.clone()),
        None => registry().register(name, help, family.clone()),
    }
    family
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

// === impl Timer ===

impl Timer {
    /// Something took so long, for the reason that [`Exemplar::of`] its span tells.
    pub fn took(&self, time: Duration, exemplar: Option<Exemplar>) {
        self.0.observe(time.as_secs_f64(), exemplar, None);
    }
}

impl Default for Timer {
    fn default() -> Self {
        Self(HistogramWithExemplars::new(BUCKETS.into_iter()))
    }
}

impl TypedMetric for Timer {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Timer {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

// === impl Exemplar ===

impl Exemplar {
    /// The trace of `span`, if it is kept.
    pub fn of(span: &Span) -> Option<Self> {
        let context = span.context();
        let span = context.span();
        let span = span.span_context();
        span.is_sampled().then(|| Self(span.trace_id()))
    }
}

impl EncodeLabelSet for Exemplar {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        [("trace_id", self.0.to_string())].encode(encoder)
    }
}
