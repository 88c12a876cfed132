//! The table `orders`: one row a booking, delivered or called off. Its row is the lock of its delivery.

use std::collections::BTreeSet;

use boxoffice_kernel::{BookingId, PaymentId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};

use crate::domain::{Order, delivery_of};

/// A row of `orders`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) delivery_id: Uuid,
    pub(crate) booking_id: Uuid,
    pub(crate) closed_at: Option<DateTimeUtc>,
    pub(crate) refunded_payment_id: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Without their deliveries.
pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::DeliveryId.is_in(ids.iter().copied()))
        .order_by_asc(Column::DeliveryId)
        .lock_exclusive()
        .all(tx)
        .await
}

/// What is new. A row that another replica made first makes this fail; each command then runs
/// alone and sees it.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Model>) -> Result<(), DbErr> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = new.into_iter().map(|it| it.into_active_model().reset_all());
    Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// What was locked, and is called off now.
pub(super) async fn update(tx: &DatabaseTransaction, changed: Vec<Model>) -> Result<(), DbErr> {
    if changed.is_empty() {
        return Ok(());
    }
    let update = OnConflict::column(Column::DeliveryId)
        .update_columns([Column::ClosedAt, Column::RefundedPaymentId])
        .to_owned();
    let rows = changed.into_iter().map(|it| it.into_active_model().reset_all());
    Entity::insert_many(rows).on_conflict(update).exec_without_returning(tx).await?;
    Ok(())
}

// === row to domain and back ===

impl From<Model> for Order {
    fn from(row: Model) -> Self {
        Self {
            booking_id: BookingId(row.booking_id),
            closed_at: row.closed_at,
            refunded: row.refunded_payment_id.map(PaymentId),
            delivery: None,
        }
    }
}

impl From<&Order> for Model {
    fn from(order: &Order) -> Self {
        Self {
            delivery_id: delivery_of(order.booking_id).0,
            booking_id: order.booking_id.0,
            closed_at: order.closed_at,
            refunded_payment_id: order.refunded.map(|it| it.0),
        }
    }
}
