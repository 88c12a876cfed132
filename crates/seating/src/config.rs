//! What an operator may set; every field is a flag of the binary.

use std::time::Duration;

/// Settings of seating.
#[derive(Clone, Debug)]
pub struct Config {
    /// Callers that may watch seat maps at a time, in one process: 10,000.
    pub watchers: usize,
    /// How often the showings of removed titles are looked for: 500 ms.
    pub withdraw: Duration,
}

// === impl Config ===

impl Default for Config {
    fn default() -> Self {
        Self { watchers: 10_000, withdraw: Duration::from_millis(500) }
    }
}
