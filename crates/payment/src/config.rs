//! What an operator may set; every field is a flag of the binary.

use std::time::Duration;

use boxoffice_runtime::breaker::BreakerConfig;

use crate::domain::Pace;
use crate::provider::{simulator, stripe};

/// Settings of payment.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long the provider is waited for in one call: 1.5 s. A caller may wait less; the charge
    /// goes on without it.
    pub provider_deadline: Duration,
    /// When the provider stops being asked.
    pub breaker: BreakerConfig,
    /// The pause before a payment is tried a second time: 500 ms; it doubles each time.
    pub retry: Duration,
    /// The longest pause between two tries: 10 s.
    pub longest_retry: Duration,
    /// How often the worker looks for what is due: 250 ms.
    pub poll: Duration,
    /// Payments the worker takes in hand at a time, at most: 256.
    pub batch: u32,
    /// How many of them it asks the provider about at once, at most: 32.
    pub concurrency: usize,
    /// The provider to try things with.
    pub simulator: simulator::Config,
    /// The provider instead of it.
    pub stripe: Option<stripe::Config>,
}

// === impl Config ===

impl Config {
    /// How patiently the provider is asked again.
    pub fn pace(&self) -> Pace {
        Pace { attempt: self.provider_deadline, shortest: self.retry, longest: self.longest_retry }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            provider_deadline: Duration::from_millis(1500),
            breaker: BreakerConfig::default(),
            retry: Duration::from_millis(500),
            longest_retry: Duration::from_secs(10),
            poll: Duration::from_millis(250),
            batch: 256,
            concurrency: 32,
            simulator: simulator::Config::default(),
            stripe: None,
        }
    }
}
