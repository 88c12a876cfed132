//! What an operator may set; every field is a flag of the binary, or follows one.

use std::time::Duration;

use boxoffice_runtime::breaker::BreakerConfig;

use crate::domain::Pace;
use crate::shipper::simulator;

/// Settings of delivery.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How long booking is waited for: 1 s.
    pub peer_deadline: Duration,
    /// How long the shipper is waited for: 2 s.
    pub shipper_deadline: Duration,
    /// When booking, or the shipper, stops being asked.
    pub breaker: BreakerConfig,
    /// The pause before a parcel is tried a second time: 500 ms; it doubles each time.
    pub retry: Duration,
    /// The longest pause between two tries: 10 s.
    pub longest_retry: Duration,
    /// The pause after booking said that there is no address: 1 h.
    pub unaddressed: Duration,
    /// How often the worker looks for what is due: 250 ms.
    pub poll: Duration,
    /// Parcels the worker takes in hand at a time, at most: 256.
    pub batch: u32,
    /// How many of them at once, at most: 16.
    pub concurrency: usize,
    /// The shipper to try things with.
    pub simulator: simulator::Config,
}

// === impl Config ===

impl Config {
    /// How patiently a parcel is tried again.
    pub fn pace(&self) -> Pace {
        Pace {
            attempt: self.peer_deadline + self.shipper_deadline,
            shortest: self.retry,
            longest: self.longest_retry,
            unaddressed: self.unaddressed,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            peer_deadline: Duration::from_secs(1),
            shipper_deadline: Duration::from_secs(2),
            breaker: BreakerConfig::default(),
            retry: Duration::from_millis(500),
            longest_retry: Duration::from_secs(10),
            unaddressed: Duration::from_secs(3_600),
            poll: Duration::from_millis(250),
            batch: 256,
            concurrency: 16,
            simulator: simulator::Config::default(),
        }
    }
}
