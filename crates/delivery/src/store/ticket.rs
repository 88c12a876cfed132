//! The table `tickets`, locked with their delivery's order.

use std::collections::BTreeSet;

use boxoffice_kernel::{DeliveryId, TicketId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder};
use serde::Serialize;

use crate::domain::Ticket;

/// Rows in one statement: each has 6 columns, and some 600 bytes.
const ROWS: usize = 1_000;

/// A row of `tickets`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "tickets")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) delivery_id: Uuid,
    pub(crate) number: i32,
    pub(crate) seat: Option<String>,
    /// Whoever has it gets in, so it is in no export: its owner reads it from us.
    #[serde(skip)]
    pub(crate) code: Option<String>,
    pub(crate) checked_in_at: Option<DateTimeUtc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// All tickets of these deliveries, by number.
pub(crate) async fn load(
    db: &impl ConnectionTrait,
    deliveries: &BTreeSet<Uuid>,
) -> Result<Vec<Model>, DbErr> {
    if deliveries.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::DeliveryId.is_in(deliveries.iter().copied()))
        .order_by_asc(Column::DeliveryId)
        .order_by_asc(Column::Number)
        .all(db)
        .await
}

/// What is new, sorted by id.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Model>) -> Result<(), DbErr> {
    for some in new.chunks(ROWS) {
        Entity::insert_many(some.iter().map(active)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was loaded, and is used now.
pub(super) async fn update(tx: &DatabaseTransaction, used: Vec<Model>) -> Result<(), DbErr> {
    for some in used.chunks(ROWS) {
        let update = OnConflict::column(Column::Id).update_column(Column::CheckedInAt).to_owned();
        Entity::insert_many(some.iter().map(active))
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn active(row: &Model) -> ActiveModel {
    row.clone().into_active_model().reset_all()
}

// === row to domain and back ===

impl From<Model> for Ticket {
    fn from(row: Model) -> Self {
        Self {
            id: TicketId(row.id),
            number: row.number.unsigned_abs(),
            seat: row.seat,
            code: row.code,
            checked_in_at: row.checked_in_at,
        }
    }
}

impl Model {
    pub(super) fn new(delivery_id: DeliveryId, ticket: &Ticket) -> Self {
        Self {
            id: ticket.id.0,
            delivery_id: delivery_id.0,
            number: ticket.number.cast_signed(),
            seat: ticket.seat.clone(),
            code: ticket.code.clone(),
            checked_in_at: ticket.checked_in_at,
        }
    }
}
