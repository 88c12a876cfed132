//! When a showing takes place.

use boxoffice_kernel::Time;

use super::{Flaw, Refusal};

const LONGEST_SECONDS: i64 = 24 * 60 * 60;

/// From its start to its end, at most 24 hours later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    start: Time,
    end: Time,
}

// === impl Slot ===

impl Slot {
    /// Checks that it ends after it begins, and within 24 hours.
    pub fn new(start: Time, end: Time) -> Result<Self, Flaw> {
        if end <= start {
            return Err(Flaw::EndBeforeStart);
        }
        let longest = start.timestamp_micros().saturating_add(LONGEST_SECONDS * 1_000_000);
        if end.timestamp_micros() > longest {
            return Err(Flaw::TooLong);
        }
        Ok(Self { start, end })
    }

    /// When it begins.
    pub const fn start(self) -> Time {
        self.start
    }

    /// When it ends.
    pub const fn end(self) -> Time {
        self.end
    }

    /// Whether it has begun.
    pub fn started(self, now: Time) -> bool {
        self.start <= now
    }

    /// Refuses a slot that has begun before anybody could have bought a ticket.
    pub fn not_past(self, now: Time) -> Result<(), Refusal> {
        if self.start < now { Err(Refusal::Flawed(Flaw::StartInPast)) } else { Ok(()) }
    }
}
