//! How patiently a notice is tried again.

use std::time::Duration;

use boxoffice_kernel::Time;

/// The times between two attempts to send a notice.
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
    /// When to try again, if the attempt that begins `now` comes to nothing and `before` it did
    /// so too.
    pub fn again_at(&self, before: u32, now: Time) -> Time {
        let pause = self.shortest.saturating_mul(1 << before.min(20)).min(self.longest);
        now + self.attempt + pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pace = Pace {
            attempt: Duration::from_secs(1),
            shortest: Duration::from_secs(2),
            longest: Duration::from_secs(9),
        };
        let start = Time::UNIX_EPOCH;
        let after = |attempts| (pace.again_at(attempts, start) - start).num_seconds();
        assert_eq!([0, 1, 2, 3, u32::MAX].map(after), [3, 5, 9, 10, 10]);
    }
}
