//! Bookings and their steps, whose they are, and what they are of.

use boxoffice_eventing::database::{moment, moment_null};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Creates `bookings`, `steps`, `customers`, `showings` and `titles`.
#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Bookings {
    Table,
    Id,
    CustomerId,
    TitleId,
    ShowingId,
    Amount,
    Currency,
    Said,
    SaidSequence,
    StartsAt,
    StartsSequence,
    Seats,
    Quantity,
    SeatsSequence,
    Attempts,
    Delivery,
    DeliverySequence,
    License,
    LicenseSequence,
    Status,
    Payment,
    Open,
    Version,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Steps {
    Table,
    EventId,
    BookingId,
    Name,
    Context,
    OccurredAt,
    CauseId,
    Reason,
    TraceId,
}

#[derive(DeriveIden)]
enum Customers {
    Table,
    Id,
    Version,
}

#[derive(DeriveIden)]
enum Showings {
    Table,
    Id,
    TitleId,
    Venue,
    StartsAt,
    StartsSequence,
}

#[derive(DeriveIden)]
enum Titles {
    Table,
    Id,
    Name,
    Sequence,
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for mut table in
            [bookings(backend), steps(backend), customers(), showings(backend), titles()]
        {
            if backend == DbBackend::MySql {
                // Its default takes `Alice` for `alice`; the others don't.
                table.collate("utf8mb4_bin");
            }
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            Titles::Table.into_iden(),
            Showings::Table.into_iden(),
            Customers::Table.into_iden(),
            Steps::Table.into_iden(),
            Bookings::Table.into_iden(),
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn bookings(backend: DbBackend) -> TableCreateStatement {
    let sequence = |name: Bookings| ColumnDef::new(name).big_integer().not_null().to_owned();
    let status = |name: Bookings| ColumnDef::new(name).string_len(20).to_owned();
    Table::create()
        .table(Bookings::Table)
        .col(ColumnDef::new(Bookings::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Bookings::CustomerId).string_len(255))
        .col(ColumnDef::new(Bookings::TitleId).uuid())
        .col(ColumnDef::new(Bookings::ShowingId).uuid())
        .col(ColumnDef::new(Bookings::Amount).big_integer())
        .col(ColumnDef::new(Bookings::Currency).string_len(3))
        .col(status(Bookings::Said))
        .col(sequence(Bookings::SaidSequence))
        .col(moment_null(backend, Bookings::StartsAt))
        .col(sequence(Bookings::StartsSequence))
        .col(ColumnDef::new(Bookings::Seats).text())
        .col(ColumnDef::new(Bookings::Quantity).big_integer().not_null())
        .col(sequence(Bookings::SeatsSequence))
        .col(ColumnDef::new(Bookings::Attempts).text().not_null())
        .col(status(Bookings::Delivery))
        .col(sequence(Bookings::DeliverySequence))
        .col(status(Bookings::License))
        .col(sequence(Bookings::LicenseSequence))
        .col(status(Bookings::Status))
        .col(status(Bookings::Payment))
        .col(ColumnDef::new(Bookings::Open).boolean().not_null())
        .col(ColumnDef::new(Bookings::Version).big_integer().not_null())
        .col(moment(backend, Bookings::CreatedAt))
        .col(moment(backend, Bookings::UpdatedAt))
        .to_owned()
}

fn steps(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(Steps::Table)
        .col(ColumnDef::new(Steps::EventId).uuid().not_null().primary_key())
        .col(ColumnDef::new(Steps::BookingId).uuid().not_null())
        .col(ColumnDef::new(Steps::Name).string_len(128).not_null())
        .col(ColumnDef::new(Steps::Context).string_len(32).not_null())
        .col(moment(backend, Steps::OccurredAt))
        .col(ColumnDef::new(Steps::CauseId).uuid())
        .col(ColumnDef::new(Steps::Reason).text())
        .col(ColumnDef::new(Steps::TraceId).string_len(32))
        .to_owned()
}

fn customers() -> TableCreateStatement {
    Table::create()
        .table(Customers::Table)
        .col(ColumnDef::new(Customers::Id).string_len(255).not_null().primary_key())
        .col(ColumnDef::new(Customers::Version).big_integer().not_null())
        .to_owned()
}

fn showings(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(Showings::Table)
        .col(ColumnDef::new(Showings::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Showings::TitleId).uuid())
        .col(ColumnDef::new(Showings::Venue).string_len(200))
        .col(moment_null(backend, Showings::StartsAt))
        .col(ColumnDef::new(Showings::StartsSequence).big_integer().not_null())
        .to_owned()
}

fn titles() -> TableCreateStatement {
    Table::create()
        .table(Titles::Table)
        .col(ColumnDef::new(Titles::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Titles::Name).string_len(200).not_null())
        .col(ColumnDef::new(Titles::Sequence).big_integer().not_null())
        .to_owned()
}

/// One for every way bookings are looked for, each in the order of its list.
fn indexes() -> Vec<IndexCreateStatement> {
    let of_bookings = |name: &str, columns: Vec<Bookings>| {
        let mut index = Index::create();
        index.name(name).table(Bookings::Table);
        for column in columns {
            index.col(column);
        }
        index
    };
    let newest = |name, by| of_bookings(name, vec![by, Bookings::CreatedAt, Bookings::Id]);
    vec![
        newest("bookings_of_a_customer", Bookings::CustomerId),
        newest("bookings_of_a_showing", Bookings::ShowingId),
        newest("bookings_of_a_title", Bookings::TitleId),
        newest("bookings_in_a_status", Bookings::Status),
        of_bookings("bookings_newest", vec![Bookings::CreatedAt, Bookings::Id]),
        of_bookings("bookings_stuck", vec![Bookings::Open, Bookings::UpdatedAt]),
        of_bookings("bookings_changed", vec![Bookings::CustomerId, Bookings::Version]),
        Index::create()
            .name("steps_of_a_booking")
            .table(Steps::Table)
            .col(Steps::BookingId)
            .col(Steps::OccurredAt)
            .col(Steps::EventId)
            .to_owned(),
        Index::create()
            .name("showings_of_a_title")
            .table(Showings::Table)
            .col(Showings::TitleId)
            .to_owned(),
    ]
}
