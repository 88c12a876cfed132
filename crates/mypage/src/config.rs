//! What an operator may set.

/// Settings of my page.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Callers that may watch their bookings at a time, in one process: 10,000.
    pub watchers: usize,
}

// === impl Config ===

impl Default for Config {
    fn default() -> Self {
        Self { watchers: 10_000 }
    }
}
