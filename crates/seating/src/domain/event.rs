//! What happened, in seating's own words.

use std::sync::Arc;

use boxoffice_kernel::{BookingId, ShowingId, Time, TitleId};
use uuid::Uuid;

use super::{SeatName, Slot};

/// Something happened to a showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// To which.
    pub showing_id: ShowingId,
    /// The showing's version since then.
    pub version: u64,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It was put on sale.
    Scheduled {
        /// What is shown.
        title_id: TitleId,
        /// Where.
        venue: String,
        /// When.
        slot: Slot,
        /// Seats on sale.
        capacity: u32,
    },
    /// It was moved.
    Rescheduled {
        /// When it was to begin.
        previous_start: Time,
        /// When it is now.
        slot: Slot,
    },
    /// It will not take place.
    Cancelled,
    /// Seats are held.
    Held(Claimed),
    /// Held seats are sold.
    Sold(Claimed),
    /// Held or sold seats are on sale again.
    Released(Claimed),
}

/// Whose seats, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Whose.
    pub booking_id: BookingId,
    /// Which; none with general admission.
    pub seats: Arc<[SeatName]>,
    /// How many.
    pub quantity: u32,
}

// === impl Event ===

impl Event {
    /// What links it to everything else about the same matter (NFR-15): the booking, or else the
    /// showing itself.
    pub fn correlation_id(&self) -> Uuid {
        match &self.what {
            What::Held(claimed) | What::Sold(claimed) | What::Released(claimed) => {
                claimed.booking_id.0
            }
            What::Scheduled { .. } | What::Rescheduled { .. } | What::Cancelled => {
                self.showing_id.0
            }
        }
    }
}
