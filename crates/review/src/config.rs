//! What an operator may set; every field is a flag of the binary.

use std::time::Duration;

use boxoffice_runtime::BreakerConfig;

use crate::domain::Pace;

/// Settings of review.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How long booking is waited for when somebody writes a review: 500 ms (OPS-01).
    pub deadline: Duration,
    /// When booking stops being asked.
    pub breaker: BreakerConfig,
    /// The pause before booking is asked a second time about a review: 500 ms; it doubles each
    /// time.
    pub retry: Duration,
    /// The longest pause between two tries: 10 s.
    pub longest_retry: Duration,
    /// How often the worker looks for what is due: 250 ms.
    pub poll: Duration,
    /// Reviews the worker takes in hand at a time, at most: 256.
    pub batch: u32,
    /// How many of them it asks booking about at once, at most: 16.
    pub concurrency: usize,
}

// === impl Config ===

impl Config {
    /// How patiently booking is asked again.
    pub fn pace(&self) -> Pace {
        Pace { attempt: self.deadline, shortest: self.retry, longest: self.longest_retry }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            deadline: Duration::from_millis(500),
            breaker: BreakerConfig::default(),
            retry: Duration::from_millis(500),
            longest_retry: Duration::from_secs(10),
            poll: Duration::from_millis(250),
            batch: 256,
            concurrency: 16,
        }
    }
}
