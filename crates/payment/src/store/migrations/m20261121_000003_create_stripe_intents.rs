//! What was asked of Stripe: which intent may take the money of a payment, and whether any may.

use boxoffice_eventing::database::{exact, moment, moment_null};
use sea_orm_migration::prelude::*;

/// Creates `stripe_intents`.
#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum StripeIntents {
    Table,
    Key,
    Intent,
    Declined,
    ClosedAt,
    CreatedAt,
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let intents = Table::create()
            .table(StripeIntents::Table)
            .col(ColumnDef::new(StripeIntents::Key).uuid().not_null().primary_key())
            .col(ColumnDef::new(StripeIntents::Intent).string_len(255))
            .col(ColumnDef::new(StripeIntents::Declined).text())
            .col(moment_null(backend, StripeIntents::ClosedAt))
            .col(moment(backend, StripeIntents::CreatedAt))
            .to_owned();
        manager.create_table(exact(backend, intents)).await
    }
}
