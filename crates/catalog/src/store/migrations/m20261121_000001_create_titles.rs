//! Titles: films and stage shows, on the programme or removed from it.

use boxoffice_eventing::database::moment;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Creates `titles`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct CreateTitles;

#[derive(DeriveIden)]
enum Titles {
    Table,
    Id,
    Request,
    Kind,
    Name,
    Synopsis,
    RunningSeconds,
    RunStart,
    RunEnd,
    PosterUri,
    HomePriceMinor,
    HomePriceCurrency,
    RatingStars,
    RatingCount,
    RatingVersion,
    State,
    Version,
    CreatedAt,
    UpdatedAt,
    SortKey,
    SearchText,
}

// === impl CreateTitles ===

#[expect(
    elided_lifetimes_in_paths,
    reason = "written as the trait writes it, or async_trait differs"
)]
#[async_trait::async_trait]
impl MigrationTrait for CreateTitles {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let mut titles = Table::create()
            .table(Titles::Table)
            .col(ColumnDef::new(Titles::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Titles::Request).uuid().not_null())
            .col(ColumnDef::new(Titles::Kind).string_len(16).not_null())
            .col(ColumnDef::new(Titles::Name).string_len(200).not_null())
            .col(ColumnDef::new(Titles::Synopsis).text().not_null())
            .col(ColumnDef::new(Titles::RunningSeconds).big_integer().not_null())
            .col(ColumnDef::new(Titles::RunStart).date())
            .col(ColumnDef::new(Titles::RunEnd).date())
            .col(ColumnDef::new(Titles::PosterUri).string_len(2000))
            .col(ColumnDef::new(Titles::HomePriceMinor).big_integer())
            .col(ColumnDef::new(Titles::HomePriceCurrency).string_len(3))
            .col(ColumnDef::new(Titles::RatingStars).big_integer().not_null())
            .col(ColumnDef::new(Titles::RatingCount).big_integer().not_null())
            .col(ColumnDef::new(Titles::RatingVersion).big_integer().not_null())
            .col(ColumnDef::new(Titles::State).string_len(16).not_null())
            .col(ColumnDef::new(Titles::Version).big_integer().not_null())
            .col(moment(backend, Titles::CreatedAt))
            .col(moment(backend, Titles::UpdatedAt))
            .col(ColumnDef::new(Titles::SortKey).var_binary(150).not_null())
            .col(ColumnDef::new(Titles::SearchText).text().not_null())
            .to_owned();
        if backend == DbBackend::MySql {
            // Its default takes `é` for `e`; the others don't.
            titles.collate("utf8mb4_bin");
        }
        manager.create_table(titles).await?;
        let listed = Index::create()
            .name("titles_listed")
            .table(Titles::Table)
            .col(Titles::State)
            .col(Titles::SortKey)
            .col(Titles::Id)
            .to_owned();
        manager.create_index(listed).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Titles::Table).to_owned()).await
    }
}
