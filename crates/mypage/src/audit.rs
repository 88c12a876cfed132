//! What `boxoffice audit` reads of my page: plain rows, no rules (design §9, invariant 5).

use boxoffice_kernel::{BookingId, CustomerId, Money};
use sea_orm::{DatabaseConnection, DbErr, EntityTrait, PaginatorTrait, QueryOrder};

use crate::domain::{Booking, BookingStatus, DeliveryStatus, LicenseStatus, PaymentStatus};
use crate::store::booking::{Column, Entity};

/// A booking as my page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingRow {
    /// Which.
    pub id: BookingId,
    /// Whose, once known.
    pub customer_id: Option<CustomerId>,
    /// What it costs, once known.
    pub amount: Option<Money>,
    /// Where the booking stands.
    pub status: Option<BookingStatus>,
    /// Where its payment stands.
    pub payment: Option<PaymentStatus>,
    /// Where its delivery stands.
    pub delivery: Option<DeliveryStatus>,
    /// Where its licence stands.
    pub license: Option<LicenseStatus>,
}

/// Every booking, in the order of its id.
pub async fn bookings(db: &DatabaseConnection) -> Result<Vec<BookingRow>, DbErr> {
    let rows = Entity::find().order_by_asc(Column::Id).all(db).await?;
    rows.into_iter().map(|row| Booking::try_from(row).map(BookingRow::from)).collect()
}

/// How many bookings there are.
pub async fn count(db: &DatabaseConnection) -> Result<u64, DbErr> {
    Entity::find().count(db).await
}

// === impl BookingRow ===

impl From<Booking> for BookingRow {
    fn from(booking: Booking) -> Self {
        Self {
            id: booking.id,
            amount: booking.amount,
            status: booking.status(),
            payment: booking.payment_status(),
            delivery: booking.delivery.value,
            license: booking.license.value,
            customer_id: booking.customer_id,
        }
    }
}
