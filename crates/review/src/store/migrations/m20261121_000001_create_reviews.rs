//! Reviews, and what they come to for each title.

use boxoffice_eventing::database::{moment, moment_null};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Creates `reviews` and `ratings`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct CreateReviews;

#[derive(DeriveIden)]
enum Reviews {
    Table,
    Id,
    Request,
    TitleId,
    CustomerId,
    Stars,
    Text,
    State,
    Live,
    Attempts,
    NextAttemptAt,
    Version,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Ratings {
    Table,
    TitleId,
    StarsTotal,
    Count,
    Version,
}

// === impl CreateReviews ===

#[expect(
    elided_lifetimes_in_paths,
    reason = "written as the trait writes it, or async_trait differs"
)]
#[async_trait::async_trait]
impl MigrationTrait for CreateReviews {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ratings = Table::create()
            .table(Ratings::Table)
            .col(ColumnDef::new(Ratings::TitleId).uuid().not_null().primary_key())
            .col(ColumnDef::new(Ratings::StarsTotal).big_integer().not_null())
            .col(ColumnDef::new(Ratings::Count).big_integer().not_null())
            .col(ColumnDef::new(Ratings::Version).big_integer().not_null())
            .to_owned();
        manager.create_table(ratings).await?;
        manager.create_table(reviews(manager.get_database_backend())).await?;
        let index = |name: &str, columns: &[Reviews]| {
            let mut index = Index::create();
            index.name(name).table(Reviews::Table);
            for column in columns {
                index.col(column.to_string());
            }
            index
        };
        // Nulls are never equal: one live review a customer and title, and any number that are not.
        let mut live =
            index("reviews_live", &[Reviews::TitleId, Reviews::CustomerId, Reviews::Live]);
        manager.create_index(live.unique().to_owned()).await?;
        let shown = [Reviews::TitleId, Reviews::State, Reviews::CreatedAt, Reviews::Id];
        manager.create_index(index("reviews_shown", &shown)).await?;
        manager.create_index(index("reviews_due", &[Reviews::NextAttemptAt])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Reviews::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Ratings::Table).to_owned()).await
    }
}

fn reviews(backend: DbBackend) -> TableCreateStatement {
    let mut reviews = Table::create()
        .table(Reviews::Table)
        .col(ColumnDef::new(Reviews::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Reviews::Request).uuid().not_null())
        .col(ColumnDef::new(Reviews::TitleId).uuid().not_null())
        .col(ColumnDef::new(Reviews::CustomerId).string_len(255).not_null())
        .col(ColumnDef::new(Reviews::Stars).integer().not_null())
        .col(ColumnDef::new(Reviews::Text).text().not_null())
        .col(ColumnDef::new(Reviews::State).string_len(16).not_null())
        .col(ColumnDef::new(Reviews::Live).boolean())
        .col(ColumnDef::new(Reviews::Attempts).big_integer().not_null())
        .col(moment_null(backend, Reviews::NextAttemptAt))
        .col(ColumnDef::new(Reviews::Version).big_integer().not_null())
        .col(moment(backend, Reviews::CreatedAt))
        .col(moment(backend, Reviews::UpdatedAt))
        .to_owned();
    if backend == DbBackend::MySql {
        // Its default takes `é` for `e`; the others don't.
        reviews.collate("utf8mb4_bin");
    }
    reviews
}
