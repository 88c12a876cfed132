//! The table `retries`: events that are to come again.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "retries")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub durable: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub context: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub attempts: i64,
    pub due_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
