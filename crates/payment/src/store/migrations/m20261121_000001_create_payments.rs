//! Payments, and the accounts they are locked by.

use boxoffice_eventing::database::{exact, moment, moment_null};
use sea_orm_migration::prelude::*;

/// Creates `accounts` and `payments`.
#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Accounts {
    Table,
    BookingId,
    ClosedAt,
}

#[derive(DeriveIden)]
enum Payments {
    Table,
    Id,
    BookingId,
    CustomerId,
    Amount,
    Currency,
    Method,
    State,
    Reason,
    Reference,
    ExpiresAt,
    Attempts,
    NextAttemptAt,
    Version,
    CreatedAt,
    UpdatedAt,
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let accounts = Table::create()
            .table(Accounts::Table)
            .col(ColumnDef::new(Accounts::BookingId).uuid().not_null().primary_key())
            .col(moment_null(backend, Accounts::ClosedAt))
            .to_owned();
        manager.create_table(exact(backend, accounts)).await?;
        let payments = Table::create()
            .table(Payments::Table)
            .col(ColumnDef::new(Payments::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Payments::BookingId).uuid().not_null())
            .col(ColumnDef::new(Payments::CustomerId).string_len(255).not_null())
            .col(ColumnDef::new(Payments::Amount).big_integer().not_null())
            .col(ColumnDef::new(Payments::Currency).string_len(3).not_null())
            .col(ColumnDef::new(Payments::Method).string_len(200).not_null())
            .col(ColumnDef::new(Payments::State).string_len(16).not_null())
            .col(ColumnDef::new(Payments::Reason).text())
            .col(ColumnDef::new(Payments::Reference).text())
            .col(moment(backend, Payments::ExpiresAt))
            .col(ColumnDef::new(Payments::Attempts).big_integer().not_null())
            .col(moment_null(backend, Payments::NextAttemptAt))
            .col(ColumnDef::new(Payments::Version).big_integer().not_null())
            .col(moment(backend, Payments::CreatedAt))
            .col(moment(backend, Payments::UpdatedAt))
            .to_owned();
        manager.create_table(exact(backend, payments)).await?;
        let index = |name: &str, columns: &[Payments]| {
            let mut index = Index::create();
            index.name(name).table(Payments::Table);
            for column in columns {
                index.col(column.to_string());
            }
            index
        };
        for index in [
            index("payments_of_a_booking", &[Payments::BookingId]),
            index("payments_due", &[Payments::NextAttemptAt]),
            index(
                "payments_of_a_customer",
                &[Payments::CustomerId, Payments::CreatedAt, Payments::Id],
            ),
            index("payments_newest", &[Payments::CreatedAt, Payments::Id]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
