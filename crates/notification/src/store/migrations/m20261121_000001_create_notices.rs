//! Notices: whom they tell, what about, and how far they have come.

use boxoffice_eventing::database::{moment, moment_null};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Creates `notices`.
#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Notices {
    Table,
    Id,
    BookingId,
    CustomerId,
    Topic,
    Language,
    State,
    Attempts,
    NextAttemptAt,
    CreatedAt,
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let mut notices = Table::create()
            .table(Notices::Table)
            .col(ColumnDef::new(Notices::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Notices::BookingId).uuid().not_null())
            .col(ColumnDef::new(Notices::CustomerId).string_len(255).not_null())
            .col(ColumnDef::new(Notices::Topic).text().not_null())
            .col(ColumnDef::new(Notices::Language).string_len(2).not_null())
            .col(ColumnDef::new(Notices::State).string_len(16).not_null())
            .col(ColumnDef::new(Notices::Attempts).big_integer().not_null())
            .col(moment_null(backend, Notices::NextAttemptAt))
            .col(moment(backend, Notices::CreatedAt))
            .to_owned();
        if backend == DbBackend::MySql {
            // Its default takes `Alice` for `alice`; the others don't.
            notices.collate("utf8mb4_bin");
        }
        manager.create_table(notices).await?;
        let index = |name: &str, columns: &[Notices]| {
            let mut index = Index::create();
            index.name(name).table(Notices::Table);
            for column in columns {
                index.col(column.to_string());
            }
            index
        };
        for index in [
            index("notices_due", &[Notices::NextAttemptAt]),
            index("notices_of_a_customer", &[Notices::CustomerId, Notices::CreatedAt, Notices::Id]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
