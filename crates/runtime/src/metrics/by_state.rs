//! How many of something are in each state, and how long the oldest has been there.

use boxoffice_kernel::Time;
use boxoffice_telemetry::metrics::{Gauge, Gauges};

/// The gauges of some states, by the state as a store keeps it.
#[derive(Clone, Debug)]
pub struct ByState<S>(Vec<InState<S>>);

#[derive(Clone, Debug)]
struct InState<S> {
    state: S,
    count: Gauge,
    oldest: Gauge,
}

// === impl ByState ===

impl<S: PartialEq> ByState<S> {
    /// A series in `count` and one in `oldest` for each state, labelled with its name.
    pub fn new<const N: usize>(states: [(S, &str); N], count: &Gauges, oldest: &Gauges) -> Self {
        let states = states.into_iter().map(|(state, name)| {
            let labels = vec![("state", name.to_owned())];
            let count = count.get_or_create_owned(&labels);
            InState { state, count, oldest: oldest.get_or_create_owned(&labels) }
        });
        Self(states.collect())
    }

    /// `found` says of a state how many are in it, and since when the oldest; a state that it does not name is empty.
    pub fn set(&self, found: &[(S, i64, Time)], now: Time) {
        for InState { state, count, oldest } in &self.0 {
            let found = found.iter().find(|(it, ..)| it == state);
            count.set(found.map_or(0.0, |(_, count, _)| *count as f64));
            let age = found.map_or(0.0, |(.., since)| (now - *since).as_seconds_f64());
            oldest.set(age.max(0.0));
        }
    }
}
