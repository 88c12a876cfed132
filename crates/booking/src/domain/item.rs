//! What can be booked: seats with names, seats without, a title to watch at home (D-3).

use std::collections::BTreeSet;
use std::fmt;

use boxoffice_kernel::{Money, ShowingId, TitleId};
use serde::{Deserialize, Serialize};

/// What a customer asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// These seats of a showing (FR-13). Never empty, no seat twice.
    Seats {
        /// Which showing.
        showing_id: ShowingId,
        /// Which seats, in the order asked.
        seats: Vec<SeatName>,
    },
    /// So many places of a showing with general admission (FR-10). At least one.
    Places {
        /// Which showing.
        showing_id: ShowingId,
        /// How many.
        quantity: u32,
    },
    /// A title to watch at home (FR-16).
    HomeMovie {
        /// Which title.
        title_id: TitleId,
    },
}

/// A seat within its showing, such as `C-12`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeatName(pub String);

/// A seat with its price, or a number of places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedSeat {
    /// `None`: places without names.
    pub seat: Option<SeatName>,
    /// VIP, R, S …
    pub grade: String,
    /// Of one.
    pub price: Money,
    /// 1 for a seat with a name.
    pub quantity: u32,
}

/// Why nothing can be booked so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// Neither seats nor a quantity.
    #[error("give either `seats` or a `quantity` of at least 1")]
    Nothing,
    /// Both.
    #[error("give `seats` or `quantity`, not both")]
    Both,
    /// More than one booking may have.
    #[error("{asked} seats are asked for; a booking has at most {most}")]
    TooMany {
        /// So many.
        asked: usize,
        /// The limit, a flag.
        most: u32,
    },
    /// The same seat twice.
    #[error("seat {0} is asked for twice")]
    Twice(SeatName),
}

// === impl Item ===

impl Item {
    /// Seats or places of a showing, at most `most` of them.
    pub fn of_showing(
        showing_id: ShowingId,
        seats: Vec<SeatName>,
        quantity: i32,
        most: u32,
    ) -> Result<Self, Unsound> {
        match (seats.is_empty(), quantity) {
            (true, ..=0) => Err(Unsound::Nothing),
            (false, quantity) if quantity != 0 => Err(Unsound::Both),
            (true, _) => Self::places(showing_id, quantity.unsigned_abs(), most),
            (false, _) => Self::seats(showing_id, seats, most),
        }
    }

    /// The showing, if it is one.
    pub fn showing_id(&self) -> Option<ShowingId> {
        match self {
            Self::Seats { showing_id, .. } | Self::Places { showing_id, .. } => Some(*showing_id),
            Self::HomeMovie { .. } => None,
        }
    }

    /// The title, if it is one to watch at home.
    pub fn home_movie(&self) -> Option<TitleId> {
        match self {
            Self::HomeMovie { title_id } => Some(*title_id),
            Self::Seats { .. } | Self::Places { .. } => None,
        }
    }

    fn places(showing_id: ShowingId, quantity: u32, most: u32) -> Result<Self, Unsound> {
        if quantity > most {
            return Err(Unsound::TooMany { asked: quantity as usize, most });
        }
        Ok(Self::Places { showing_id, quantity })
    }

    fn seats(showing_id: ShowingId, seats: Vec<SeatName>, most: u32) -> Result<Self, Unsound> {
        if seats.len() > most as usize {
            return Err(Unsound::TooMany { asked: seats.len(), most });
        }
        let mut seen = BTreeSet::new();
        match seats.iter().find(|seat| !seen.insert(*seat)) {
            Some(twice) => Err(Unsound::Twice(twice.clone())),
            None => Ok(Self::Seats { showing_id, seats }),
        }
    }
}

impl fmt::Display for SeatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn seats(names: &[&str]) -> Vec<SeatName> {
        names.iter().map(|name| SeatName((*name).to_owned())).collect()
    }

    fn ask(names: &[&str], quantity: i32) -> Result<Item, Unsound> {
        Item::of_showing(ShowingId(Uuid::nil()), seats(names), quantity, 100)
    }

    #[test]
    fn either_seats_or_a_quantity_is_asked_for() {
        assert!(matches!(ask(&["A-1"], 0), Ok(Item::Seats { .. })));
        assert!(matches!(ask(&[], 4), Ok(Item::Places { quantity: 4, .. })));
        assert_eq!(ask(&[], 0), Err(Unsound::Nothing));
        assert_eq!(ask(&[], -1), Err(Unsound::Nothing));
        assert_eq!(ask(&["A-1"], 1), Err(Unsound::Both));
        assert_eq!(ask(&["A-1"], -1), Err(Unsound::Both));
    }

    #[test]
    fn a_booking_of_101_seats_is_too_many() {
        assert_eq!(ask(&[], 101), Err(Unsound::TooMany { asked: 101, most: 100 }));
        assert!(ask(&[], 100).is_ok());
    }

    #[test]
    fn the_same_seat_is_not_booked_twice() {
        assert_eq!(ask(&["A-1", "A-2", "A-1"], 0), Err(Unsound::Twice(SeatName("A-1".into()))));
    }
}
