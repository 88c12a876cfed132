//! What `boxoffice audit` reads of booking: plain rows, no rules.

use boxoffice_kernel::{BookingId, CustomerId, Money, PaymentId, ShowingId, TitleId};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _};

use crate::commands::FanOut;
use crate::domain::{Booking, Fulfilment, State};
use crate::store::{self, Entity};

/// A booking, as far as money, seats and licences go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingRow {
    /// Which.
    pub id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Where it stands.
    pub state: State,
    /// How the tickets come.
    pub fulfilment: Fulfilment,
    /// Of which title, once known.
    pub title_id: Option<TitleId>,
    /// The showing, if it is one.
    pub showing_id: Option<ShowingId>,
    /// Seats by name; none with general admission.
    pub seats: Vec<String>,
    /// How many seats or places.
    pub quantity: u32,
    /// What it costs, once known.
    pub amount: Option<Money>,
    /// The attempt that paid for it, or the last one.
    pub payment_id: Option<PaymentId>,
}

/// Every booking.
pub async fn bookings(db: &impl ConnectionTrait) -> Result<Vec<BookingRow>, DbErr> {
    let rows = Entity::find().all(db).await?;
    rows.into_iter().map(|row| row.into_booking().map(BookingRow::from)).collect()
}

/// Showings read at a time, at most.
const SHOWINGS: u64 = 1_000;

/// Showings that were moved or cancelled, and whose bookings have not all followed yet.
pub async fn fan_outs(db: &impl ConnectionTrait) -> Result<Vec<FanOut>, DbErr> {
    store::waiting_jobs(db, SHOWINGS).await
}

// === impl BookingRow ===

impl From<Booking> for BookingRow {
    fn from(booking: Booking) -> Self {
        let held = booking.holding.as_ref().map_or(&[][..], |it| &it.seats);
        Self {
            id: booking.id,
            customer_id: booking.customer_id.clone(),
            state: booking.state,
            fulfilment: booking.fulfilment,
            title_id: booking.title_id,
            showing_id: booking.item.showing_id(),
            seats: held.iter().filter_map(|it| it.seat.as_ref().map(|it| it.0.clone())).collect(),
            quantity: held.iter().map(|it| it.quantity).sum(),
            amount: booking.holding.as_ref().map(|it| it.amount),
            payment_id: booking.attempt().map(|it| it.id),
        }
    }
}
