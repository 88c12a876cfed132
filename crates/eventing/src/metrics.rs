//! What is counted and timed of the events that go out and come in.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use boxoffice_kernel::Context;
use boxoffice_telemetry::metrics::{self, Counter, Counters, Exemplar, Timer, Timers};
use tracing::Span;

use crate::broker::Outcome;
use crate::listener::Listener;

static PUBLISHED: LazyLock<Counters> = LazyLock::new(|| {
    metrics::counters("boxoffice_events_published", "Events the broker has acknowledged.")
});
static HANDLED: LazyLock<Timers> = LazyLock::new(|| {
    metrics::timers(
        "messaging_process_duration",
        "How long a listener took over a delivery, and whether it is done or comes again.",
    )
});
static REDELIVERED: LazyLock<Counters> = LazyLock::new(|| {
    metrics::counters(
        "boxoffice_consumer_redeliveries",
        "Deliveries of events that had been delivered before.",
    )
});

/// What one relay has published, by the names of events.
#[derive(Debug)]
pub(crate) struct Published {
    context: Context,
    by_name: HashMap<String, Counter>,
}

/// How one listener gets on.
#[derive(Clone, Debug)]
pub(crate) struct Handled {
    done: Timer,
    again: Timer,
    redelivered: Counter,
}

// === impl Published ===

impl Published {
    pub(crate) fn by(context: Context) -> Self {
        Self { context, by_name: HashMap::new() }
    }

    /// `name` is the event's, as in [`Message::name`](crate::Message).
    pub(crate) fn count(&mut self, name: &str) {
        if let Some(counter) = self.by_name.get(name) {
            counter.inc();
            return;
        }
        let event = name.rsplit('.').next().unwrap_or(name).to_owned();
        let labels = vec![("context", self.context.to_string()), ("event", event)];
        let counter = PUBLISHED.get_or_create_owned(&labels);
        counter.inc();
        self.by_name.insert(name.to_owned(), counter);
    }
}

// === impl Handled ===

impl Handled {
    pub(crate) fn by(context: Context, source: Context) -> Self {
        let timer = |outcome: &str| {
            HANDLED.get_or_create_owned(&vec![
                ("context", context.to_string()),
                ("messaging_destination_name", source.stream()),
                ("messaging_consumer_group_name", Listener::durable(context, source)),
                ("outcome", outcome.to_owned()),
            ])
        };
        let labels = vec![("context", context.to_string()), ("source", source.to_string())];
        let redelivered = REDELIVERED.get_or_create_owned(&labels);
        Self { done: timer("done"), again: timer("again"), redelivered }
    }

    pub(crate) fn delivery(&self, attempt: u64) {
        if attempt > 1 {
            self.redelivered.inc();
        }
    }

    pub(crate) fn took(&self, time: Duration, outcome: Outcome, span: &Span) {
        let timer = match outcome {
            Outcome::Done => &self.done,
            Outcome::Again(_) => &self.again,
        };
        timer.took(time, Exemplar::of(span));
    }
}
