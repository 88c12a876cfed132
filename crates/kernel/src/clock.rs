//! The one door to the time of day.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

/// A moment, in UTC, exact to the microsecond: what every database here keeps.
pub type Time = DateTime<Utc>;

/// Tells the time. Handed to whoever has to know it; `domain` is told, and never asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

// === impl Clock ===

impl Clock {
    /// Now, to the microsecond.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub fn now(self) -> Time {
        let now = Utc::now();
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }
}
