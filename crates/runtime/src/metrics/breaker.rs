//! Where a circuit breaker stands.

use std::sync::LazyLock;

use boxoffice_telemetry::metrics::{self, Counter, Counters, Gauge, Gauges};
use tower_resilience_circuitbreaker::CircuitState;

static STATE: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges(
        "boxoffice_breaker_state",
        "1 for the state a circuit breaker is in; an open one tries again at the next call only.",
    )
});
static REFUSED: LazyLock<Counters> = LazyLock::new(|| {
    metrics::counters(
        "boxoffice_breaker_refused",
        "Calls that were not made because the circuit breaker was open.",
    )
});

/// One breaker's series; breakers of one name share them.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    closed: Gauge,
    half_open: Gauge,
    open: Gauge,
    pub(crate) refused: Counter,
}

// === impl Standing ===

impl Standing {
    /// Of the breaker called `name`, which is closed.
    pub(crate) fn of(name: &str) -> Self {
        let breaker = ("breaker", name.to_owned());
        let state = |state: &str| {
            STATE.get_or_create_owned(&vec![breaker.clone(), ("state", state.to_owned())])
        };
        let (closed, half_open, open) = (state("closed"), state("half_open"), state("open"));
        let refused = REFUSED.get_or_create_owned(&vec![breaker]);
        let standing = Self { closed, half_open, open, refused };
        standing.is(CircuitState::Closed);
        standing
    }

    pub(crate) fn is(&self, state: CircuitState) {
        let one_if = |this: CircuitState| f64::from(u8::from(this == state));
        self.closed.set(one_if(CircuitState::Closed));
        self.half_open.set(one_if(CircuitState::HalfOpen));
        self.open.set(one_if(CircuitState::Open));
    }
}
