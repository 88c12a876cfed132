//! How patiently a parcel is tried again.

use std::time::Duration;

use boxoffice_kernel::Time;

/// The times between two attempts to get a parcel on its way, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long one attempt may take; until it is over nobody else begins one.
    pub attempt: Duration,
    /// The pause after the first attempt; each further one doubles it.
    pub shortest: Duration,
    /// It never grows beyond this.
    pub longest: Duration,
    /// The pause after booking said that there is no address.
    pub unaddressed: Duration,
}

// === impl Pace ===

impl Pace {
    /// When to try again, if the attempt that begins `now` comes to nothing and `before` it did not
    /// come to anything either.
    pub fn again_at(&self, before: u32, now: Time) -> Time {
        let pause = self.shortest.saturating_mul(1 << before.min(20)).min(self.longest);
        now + self.attempt + pause
    }
}
