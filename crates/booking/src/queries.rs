//! Reads, from booking's own store.

use boxoffice_contracts::page::Page;
use boxoffice_kernel::{BookingId, CustomerId, Time, TitleId};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect};

use crate::domain::Booking;
use crate::store::{Column, Entity, StateColumn, Traced};

/// Where a page of [`list`] begins: after this booking.
pub(crate) type Cursor = (Time, Uuid);

/// One booking.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: BookingId,
) -> Result<Option<Booking>, DbErr> {
    let row = Entity::find_by_id(id.0).one(db).await?;
    row.map(|row| row.into_booking()).transpose()
}

/// A customer's bookings, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    customer: &CustomerId,
    page: &Page<Cursor>,
) -> Result<Vec<Booking>, DbErr> {
    let mut rows = Entity::find()
        .filter(Column::CustomerId.eq(customer.as_str()))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(page.size);
    if let Some((time, id)) = &page.after {
        let same_time = Condition::all().add(Column::CreatedAt.eq(*time)).add(Column::Id.lt(*id));
        rows = rows.filter(Condition::any().add(Column::CreatedAt.lt(*time)).add(same_time));
    }
    rows.all(db).await?.into_iter().map(|row| row.into_booking()).collect()
}

/// Bookings whose next step is due, at most `limit` (design §2, rule 6).
pub(crate) async fn due(
    db: &impl ConnectionTrait,
    now: Time,
    limit: u64,
) -> Result<Vec<Traced>, DbErr> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Details])
        .filter(Column::NextStepAt.lte(now))
        .order_by_asc(Column::NextStepAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter().map(Traced::read).collect()
}

/// Whether the customer has a confirmed booking for the title whose showing has ended, or that was watched.
pub(crate) async fn attended(
    db: &impl ConnectionTrait,
    customer: &CustomerId,
    title: TitleId,
    now: Time,
) -> Result<bool, DbErr> {
    let seen = Condition::any().add(Column::EndsAt.lte(now)).add(Column::WatchedAt.is_not_null());
    let booking = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::CustomerId.eq(customer.as_str()))
        .filter(Column::TitleId.eq(title.0))
        .filter(Column::State.eq(StateColumn::Confirmed))
        .filter(seen)
        .limit(1)
        .into_tuple::<Uuid>()
        .one(db)
        .await?;
    Ok(booking.is_some())
}
