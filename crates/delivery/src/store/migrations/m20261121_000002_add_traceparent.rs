//! Whose trace a delivery belongs to, for whoever goes on with it later.

use sea_orm_migration::prelude::*;

/// Adds `deliveries.traceparent`.
#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Deliveries {
    Table,
    Traceparent,
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let traceparent = ColumnDef::new(Deliveries::Traceparent).string_len(55).to_owned();
        let deliveries = Table::alter().table(Deliveries::Table).add_column(traceparent).to_owned();
        manager.alter_table(deliveries).await
    }
}
