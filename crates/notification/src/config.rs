//! What an operator may set.

use std::time::Duration;

use boxoffice_runtime::BreakerConfig;

use crate::domain::Pace;

/// Settings of notification.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How long booking is waited for, when it is asked whom to tell: 1 s.
    pub peer_deadline: Duration,
    /// When booking stops being asked.
    pub breaker: BreakerConfig,
    /// How long the mail server may take for one letter: 10 s.
    pub mail_deadline: Duration,
    /// The pause before a notice is tried a second time: 1 s; it doubles each time.
    pub retry: Duration,
    /// The longest pause between two tries: 5 min.
    pub longest_retry: Duration,
    /// How often the worker looks for what is due: 250 ms.
    pub poll: Duration,
    /// Notices the worker takes in hand at a time, at most: 256.
    pub batch: u32,
    /// How many of them it sends at once, at most: 16.
    pub concurrency: usize,
}

// === impl Config ===

impl Config {
    /// How patiently a notice is tried again.
    pub fn pace(&self) -> Pace {
        Pace {
            attempt: self.peer_deadline + self.mail_deadline,
            shortest: self.retry,
            longest: self.longest_retry,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            peer_deadline: Duration::from_secs(1),
            breaker: BreakerConfig::default(),
            mail_deadline: Duration::from_secs(10),
            retry: Duration::from_secs(1),
            longest_retry: Duration::from_secs(300),
            poll: Duration::from_millis(250),
            batch: 256,
            concurrency: 16,
        }
    }
}
