//! Whose trace a notice belongs to, for whoever goes on with it later.

use sea_orm_migration::prelude::*;

/// Adds `notices.traceparent`.
#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Notices {
    Table,
    Traceparent,
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let traceparent = ColumnDef::new(Notices::Traceparent).string_len(55).to_owned();
        let notices = Table::alter().table(Notices::Table).add_column(traceparent).to_owned();
        manager.alter_table(notices).await
    }
}
