//! What somebody wants to hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Flaw, SeatName};

/// Seats one hold may ask for, at most. (Booking's own limit is lower.)
pub const MAX_ASKED: usize = 1_000;

/// Seats by name, or how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// These, in this order; none twice, never empty.
    Seats(Arc<[SeatName]>),
    /// So many, without names; never none.
    Quantity(u32),
}

// === impl Ask ===

impl Ask {
    /// Either `seats` or a `quantity`, not both and not neither.
    pub fn new(seats: Vec<SeatName>, quantity: u32) -> Result<Self, Flaw> {
        if seats.is_empty() {
            return Self::quantity(quantity);
        }
        if quantity != 0 {
            return Err(Flaw::SeatsAndQuantity);
        }
        Self::seats(seats)
    }

    fn seats(seats: Vec<SeatName>) -> Result<Self, Flaw> {
        if seats.len() > MAX_ASKED {
            return Err(Flaw::TooManyAsked);
        }
        let mut seen = BTreeSet::new();
        match seats.iter().find(|name| !seen.insert(*name)) {
            Some(name) => Err(Flaw::SeatRepeated(name.clone())),
            None => Ok(Self::Seats(seats.into())),
        }
    }

    fn quantity(quantity: u32) -> Result<Self, Flaw> {
        match quantity {
            0 => Err(Flaw::NothingAsked),
            1..=1_000 => Ok(Self::Quantity(quantity)),
            1_001.. => Err(Flaw::TooManyAsked),
        }
    }

    /// The seats asked for; none where seats have no names.
    pub fn names(&self) -> &[SeatName] {
        match self {
            Self::Seats(seats) => seats,
            Self::Quantity(_) => &[],
        }
    }

    /// How many seats that is.
    pub fn count(&self) -> u32 {
        match self {
            Self::Seats(seats) => seats.len() as u32,
            Self::Quantity(quantity) => *quantity,
        }
    }
}
