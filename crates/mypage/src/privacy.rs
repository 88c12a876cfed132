//! Whose bookings these are, and nobody's any more.

use boxoffice_kernel::CustomerId;
use boxoffice_runtime::privacy::{Asked, Erasure, Known, Privacy};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};

use crate::store::{booking, customer, step};

/// Both, for whoever is asked by a person.
pub const PRIVACY: Privacy = Privacy { export, erase };

/// Their bookings as they see them, with every step.
pub fn export<'a>(db: &'a DatabaseConnection, who: &'a CustomerId) -> Asked<'a, Known> {
    Box::pin(async move {
        let theirs = booking::Column::CustomerId.eq(who.as_str());
        let bookings = booking::Entity::find().filter(theirs);
        let bookings = bookings.order_by_asc(booking::Column::CreatedAt).all(db).await?;
        let ids = bookings.iter().map(|booking| booking.id);
        let steps = step::Entity::find().filter(step::Column::BookingId.is_in(ids));
        let steps = steps.order_by_asc(step::Column::OccurredAt).all(db).await?;
        let known = Known::default().with("bookings", &bookings, &["seats", "attempts"])?;
        known.with("steps", &steps, &[])
    })
}

/// Everything else is what others say of their bookings, so it stays as true as that.
pub fn erase<'a>(tx: &'a DatabaseTransaction, erasure: &'a Erasure) -> Asked<'a, u64> {
    Box::pin(async move {
        let bookings = erasure.rows::<booking::Entity>(booking::Column::CustomerId);
        let bookings = bookings.exec(tx).await?;
        let number = customer::Entity::delete_by_id(erasure.who.as_str()).exec(tx).await?;
        Ok(bookings.rows_affected + number.rows_affected)
    })
}
