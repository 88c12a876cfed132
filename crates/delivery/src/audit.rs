//! What `boxoffice audit` reads: our deliveries (design §9, invariant 5). Only reads.

use boxoffice_kernel::{BookingId, DeliveryId};
use sea_orm::{DatabaseConnection, DbErr, EntityTrait, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::domain::{State, delivery_of};
use crate::store::delivery::{Column, Entity, StateColumn};

/// A delivery, as far as an audit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Which.
    pub delivery_id: DeliveryId,
    /// Of which booking.
    pub booking_id: BookingId,
    /// Where it stands.
    pub state: State,
}

/// Every delivery, in the order of its id.
pub async fn deliveries(db: &DatabaseConnection) -> Result<Vec<DeliveryRow>, DbErr> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::Id, Column::BookingId, Column::State])
        .order_by_asc(Column::Id)
        .into_tuple::<(Uuid, Uuid, StateColumn)>()
        .all(db)
        .await?;
    let read = |(id, booking_id, state): (Uuid, Uuid, StateColumn)| DeliveryRow {
        delivery_id: DeliveryId(id),
        booking_id: BookingId(booking_id),
        state: state.into(),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The delivery of one booking.
pub async fn delivery(
    db: &DatabaseConnection,
    booking_id: BookingId,
) -> Result<Option<DeliveryRow>, DbErr> {
    let delivery_id = delivery_of(booking_id);
    let row = Entity::find_by_id(delivery_id.0).one(db).await?;
    Ok(row.map(|row| DeliveryRow { delivery_id, booking_id, state: row.state.into() }))
}

// === impl DeliveryRow ===

impl DeliveryRow {
    /// Whether its tickets are on their way, or with the customer.
    pub fn is_live(&self) -> bool {
        match self.state {
            State::Started | State::Completed => true,
            State::Cancelled => false,
        }
    }

    /// Whether it is the one delivery its booking can have.
    pub fn is_of_its_booking(&self) -> bool {
        self.delivery_id == delivery_of(self.booking_id)
    }
}
