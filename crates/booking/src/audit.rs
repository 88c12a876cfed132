//! What `boxoffice audit` and `boxoffice saga` read of booking: plain rows, no rules.

use boxoffice_kernel::{BookingId, CustomerId, Money, PaymentId, ShowingId, Time, TitleId};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _};

use crate::commands::FanOut;
use crate::domain::{Attempt, Booking, Fulfilment, Rejection, State};
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

/// A booking with its saga. Nothing of how to reach its customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saga {
    /// What it is about.
    pub booking: BookingRow,
    /// When it was placed.
    pub placed_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Until when it may be paid, once its seats are held.
    pub expires_at: Option<Time>,
    /// Oldest first; at most the last may be pending.
    pub attempts: Vec<Attempt>,
    /// Why it was rejected.
    pub rejection: Option<Rejection>,
    /// Of the request that placed it.
    pub traceparent: Option<String>,
}

/// The saga of one booking.
pub async fn saga(db: &impl ConnectionTrait, id: BookingId) -> Result<Option<Saga>, DbErr> {
    let row = Entity::find_by_id(id.0).one(db).await?;
    row.map(|row| row.into_booking().map(Saga::from)).transpose()
}

/// The saga of every booking.
pub async fn sagas(db: &impl ConnectionTrait) -> Result<Vec<Saga>, DbErr> {
    let rows = Entity::find().all(db).await?;
    rows.into_iter().map(|row| row.into_booking().map(Saga::from)).collect()
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

// === impl Saga ===

impl From<Booking> for Saga {
    fn from(booking: Booking) -> Self {
        Self {
            placed_at: booking.placed_at,
            updated_at: booking.updated_at,
            expires_at: booking.holding.as_ref().map(|it| it.expires_at),
            attempts: booking.attempts.clone(),
            rejection: booking.rejection.clone(),
            traceparent: booking.traceparent.clone(),
            booking: booking.into(),
        }
    }
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
