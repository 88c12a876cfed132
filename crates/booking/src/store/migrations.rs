//! How booking's tables come about.

use boxoffice_eventing::database::{exact, moment, moment_null};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string_len, text, uuid, uuid_null};
use sea_orm_migration::sea_orm::DbBackend;

/// `bookings` and `fan_outs`.
#[derive(Debug)]
pub(crate) struct CreateBookings;

/// `erasures`.
#[derive(Debug)]
pub(crate) struct CreateErasures;

#[derive(DeriveIden)]
enum Bookings {
    Table,
    Id,
    CustomerId,
    State,
    ShowingId,
    TitleId,
    StartsAt,
    EndsAt,
    WatchedAt,
    NextStepAt,
    Fingerprint,
    Details,
    Contact,
    Version,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum FanOuts {
    Table,
    Id,
    ShowingId,
    Change,
    Cursor,
}

#[derive(DeriveIden)]
enum Erasures {
    Table,
    Id,
    Pseudonym,
}

// === impl CreateErasures ===

impl MigrationName for CreateErasures {
    fn name(&self) -> &'static str {
        "m20261121_000002_create_erasures"
    }
}

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
#[async_trait::async_trait]
impl MigrationTrait for CreateErasures {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let erasures = Table::create()
            .table(Erasures::Table)
            .col(uuid(Erasures::Id).primary_key())
            .col(string_len(Erasures::Pseudonym, 255))
            .to_owned();
        manager.create_table(exact(manager.get_database_backend(), erasures)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Erasures::Table).to_owned()).await
    }
}

// === impl CreateBookings ===

impl MigrationName for CreateBookings {
    fn name(&self) -> &'static str {
        "m20261121_000001_create_bookings"
    }
}

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
#[async_trait::async_trait]
impl MigrationTrait for CreateBookings {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for table in [bookings(backend), fan_outs()] {
            manager.create_table(exact(backend, table)).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(FanOuts::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Bookings::Table).to_owned()).await
    }
}

fn bookings(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(Bookings::Table)
        .col(uuid(Bookings::Id).primary_key())
        .col(string_len(Bookings::CustomerId, 255))
        .col(string_len(Bookings::State, 20))
        .col(uuid_null(Bookings::ShowingId))
        .col(uuid_null(Bookings::TitleId))
        .col(moment_null(backend, Bookings::StartsAt))
        .col(moment_null(backend, Bookings::EndsAt))
        .col(moment_null(backend, Bookings::WatchedAt))
        .col(moment_null(backend, Bookings::NextStepAt))
        .col(uuid(Bookings::Fingerprint))
        .col(text(Bookings::Details))
        .col(text(Bookings::Contact))
        .col(big_integer(Bookings::Version))
        .col(moment(backend, Bookings::CreatedAt))
        .col(moment(backend, Bookings::UpdatedAt))
        .to_owned()
}

fn fan_outs() -> TableCreateStatement {
    Table::create()
        .table(FanOuts::Table)
        .col(uuid(FanOuts::Id).primary_key())
        .col(uuid(FanOuts::ShowingId))
        .col(text(FanOuts::Change))
        .col(uuid_null(FanOuts::Cursor))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 4] {
    let on_bookings = |name: &str| Index::create().name(name).table(Bookings::Table).to_owned();
    [
        on_bookings("bookings_customer")
            .col(Bookings::CustomerId)
            .col(Bookings::CreatedAt)
            .col(Bookings::Id)
            .to_owned(),
        on_bookings("bookings_of_a_title")
            .col(Bookings::CustomerId)
            .col(Bookings::TitleId)
            .to_owned(),
        on_bookings("bookings_showing").col(Bookings::ShowingId).col(Bookings::Id).to_owned(),
        on_bookings("bookings_next_step").col(Bookings::NextStepAt).to_owned(),
    ]
}
