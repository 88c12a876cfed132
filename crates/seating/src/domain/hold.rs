//! Holds: what one booking has of one showing.

use std::sync::Arc;

use boxoffice_kernel::{BookingId, Money, ShowingId};

use super::{Ask, Claimed, Refusal, SeatName};

/// What one booking has, or had, of one showing. A booking has at most one.
///
/// ```text
/// ──hold──▶ Held ──sell──▶ Sold
///             └──release──▶ Released ◀──release── Sold
/// ──release, before any hold──▶ Closed
/// ```
///
/// Only booking ends a hold, by saying so: seating has no clock of its own for it, so a slow event
/// can't sell a paid seat twice (rules 2 and 4 of the purchase).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Whose, and the key: a repeated request meets the first one.
    pub booking_id: BookingId,
    /// Of which showing.
    pub showing_id: ShowingId,
    /// Which, in the order asked; none with general admission.
    pub seats: Arc<[SeatName]>,
    /// How many; none if it was closed before it was held.
    pub quantity: u32,
    /// What they cost together; `None` if it was closed before it was held.
    pub amount: Option<Money>,
    /// Where it stands.
    pub state: HoldState,
}

/// Where a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// The seats are the booking's until booking says otherwise.
    Held,
    /// The booking is confirmed.
    Sold,
    /// The seats are on sale again.
    Released {
        /// The booking's version that closed it.
        by: u64,
    },
    /// The booking closed before it ever held a seat. A mark: no hold may come after it.
    Closed {
        /// The booking's version that closed it.
        by: u64,
    },
}

// === impl HoldState ===

impl HoldState {
    /// Whether the booking has closed, and holds nothing any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Released { .. } | Self::Closed { .. })
    }
}

// === impl Hold ===

impl Hold {
    /// The mark of a booking that closed before it held anything.
    pub fn mark(booking_id: BookingId, showing_id: ShowingId, by: u64) -> Self {
        Self {
            booking_id,
            showing_id,
            seats: Arc::default(),
            quantity: 0,
            amount: None,
            state: HoldState::Closed { by },
        }
    }

    /// Whether `ask` is the request this came from, so that it may be answered as the first time.
    pub fn repeats(&self, showing_id: ShowingId, ask: &Ask) -> Result<(), Refusal> {
        match self.state {
            HoldState::Released { .. } | HoldState::Closed { .. } => {
                return Err(Refusal::BookingClosed(self.booking_id));
            }
            HoldState::Held | HoldState::Sold => {}
        }
        self.belongs_to(showing_id)?;
        if ask.names() != &*self.seats || ask.count() != self.quantity {
            return Err(Refusal::BookingIdReused(self.booking_id));
        }
        Ok(())
    }

    /// Refuses a booking that speaks of another showing than it did before.
    pub fn belongs_to(&self, showing_id: ShowingId) -> Result<(), Refusal> {
        if self.showing_id == showing_id {
            Ok(())
        } else {
            Err(Refusal::BookingIdReused(self.booking_id))
        }
    }

    pub(super) fn claimed(&self) -> Claimed {
        Claimed {
            booking_id: self.booking_id,
            seats: Arc::clone(&self.seats),
            quantity: self.quantity,
        }
    }
}
