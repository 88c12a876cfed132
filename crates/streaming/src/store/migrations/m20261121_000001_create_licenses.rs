//! Licences, and the marks of bookings that were closed before they had one.

use boxoffice_eventing::database::{moment, moment_null};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Creates `licenses`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct CreateLicenses;

#[derive(DeriveIden)]
enum Licenses {
    Table,
    Id,
    BookingId,
    CustomerId,
    TitleId,
    State,
    WatchedAt,
    Version,
    CreatedAt,
    UpdatedAt,
}

// === impl CreateLicenses ===

#[expect(
    elided_lifetimes_in_paths,
    reason = "written as the trait writes it, or async_trait differs"
)]
#[async_trait::async_trait]
impl MigrationTrait for CreateLicenses {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let mut licenses = Table::create()
            .table(Licenses::Table)
            .col(ColumnDef::new(Licenses::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Licenses::BookingId).uuid().not_null())
            .col(ColumnDef::new(Licenses::CustomerId).string_len(255))
            .col(ColumnDef::new(Licenses::TitleId).uuid())
            .col(ColumnDef::new(Licenses::State).string_len(16).not_null())
            .col(moment_null(backend, Licenses::WatchedAt))
            .col(ColumnDef::new(Licenses::Version).big_integer().not_null())
            .col(moment(backend, Licenses::CreatedAt))
            .col(moment(backend, Licenses::UpdatedAt))
            .to_owned();
        if backend == DbBackend::MySql {
            // Its default takes `é` for `e`; the others don't.
            licenses.collate("utf8mb4_bin");
        }
        manager.create_table(licenses).await?;
        let of_a_customer = Index::create()
            .name("licenses_of_a_customer")
            .table(Licenses::Table)
            .col(Licenses::CustomerId)
            .col(Licenses::CreatedAt)
            .col(Licenses::Id)
            .to_owned();
        manager.create_index(of_a_customer).await?;
        let newest = Index::create()
            .name("licenses_newest")
            .table(Licenses::Table)
            .col(Licenses::CreatedAt)
            .col(Licenses::Id)
            .to_owned();
        manager.create_index(newest).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Licenses::Table).to_owned()).await
    }
}
