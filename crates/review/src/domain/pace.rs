//! How patiently booking is asked again.

use std::time::Duration;

use boxoffice_kernel::Time;

/// The times between two attempts to learn whether somebody was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long one attempt may take; until it is over nobody else begins one.
    pub attempt: Duration,
    /// The pause after the first attempt; each further one doubles it.
    pub shortest: Duration,
    /// It never grows beyond this.
    pub longest: Duration,
}

// === impl Pace ===

impl Pace {
    /// When to ask again, if the attempt that begins `now` brings no answer and `before` it did
    /// not either.
    pub fn again_at(&self, before: u32, now: Time) -> Time {
        let pause = self.shortest.saturating_mul(1 << before.min(20)).min(self.longest);
        now + self.attempt + pause
    }
}
