//! What all published reviews of a title come to.

/// A title's rating, kept with the reviews it follows from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rating {
    /// Sum of their stars.
    pub stars_total: u64,
    /// How many there are.
    pub count: u64,
    /// One more with every change, so that listeners know which of two is newer; 0: never rated.
    pub version: u64,
}

// === impl Rating ===

impl Rating {
    /// Mean of the stars, 1 to 5; 0 without a review.
    pub fn average(self) -> f64 {
        if self.count == 0 { 0.0 } else { self.stars_total as f64 / self.count as f64 }
    }

    /// With one more review.
    pub(super) fn with(self, stars: u8) -> Self {
        Self {
            stars_total: self.stars_total + u64::from(stars),
            count: self.count + 1,
            version: self.version + 1,
        }
    }

    /// Without one of its reviews.
    pub(super) fn without(self, stars: u8) -> Self {
        Self {
            stars_total: self.stars_total.saturating_sub(u64::from(stars)),
            count: self.count.saturating_sub(1),
            version: self.version + 1,
        }
    }
}
