//! The table `outbox`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub(crate) struct Model {
    /// The order of publishing: the database's own, not a clock's or a UUID's.
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub id: Uuid,
    pub name: String,
    pub aggregate_id: Uuid,
    pub sequence: i64,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
    pub occurred_at: DateTimeUtc,
    pub traceparent: Option<String>,
    pub payload: Vec<u8>,
    /// When the broker acknowledged it; the row is kept for a while in case it forgets.
    pub acked_at: Option<DateTimeUtc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
