//! What an operator may set; every field is a flag of the binary.

use std::time::Duration;

use boxoffice_runtime::breaker::BreakerConfig;

use crate::domain::Terms;

/// Settings of booking.
#[derive(Clone, Debug)]
pub struct Config {
    /// The box office's terms.
    pub terms: Terms,
    /// Seats in one booking, at most: 100.
    pub most_seats: u32,
    /// How long seating, catalog and streaming are waited for: 1 s.
    pub peer_deadline: Duration,
    /// When calls to a peer stop being tried.
    pub breaker: BreakerConfig,
    /// How often the sweeper looks for what is due: 500 ms.
    pub sweep: Duration,
}

// === impl Config ===

impl Default for Config {
    fn default() -> Self {
        let terms = Terms {
            hold: Duration::from_secs(600),
            placing: Duration::from_secs(30),
            payment: Duration::from_secs(2),
            step: Duration::from_secs(5),
        };
        Self {
            terms,
            most_seats: 100,
            peer_deadline: Duration::from_secs(1),
            breaker: BreakerConfig::default(),
            sweep: Duration::from_millis(500),
        }
    }
}
