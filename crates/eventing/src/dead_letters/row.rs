//! The table `dead_letters`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dead_letters")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub listener: String,
    pub source: String,
    pub name: Option<String>,
    /// JSON: names and values, in order.
    pub headers: String,
    pub payload: Vec<u8>,
    pub reason: String,
    pub error: String,
    pub attempts: i64,
    pub first_at: DateTimeUtc,
    pub last_at: DateTimeUtc,
    pub traceparent: Option<String>,
    pub replay_requested_at: Option<DateTimeUtc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
