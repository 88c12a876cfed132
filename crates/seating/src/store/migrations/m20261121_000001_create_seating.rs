//! `layouts`, `halls`, `titles`, `showings`, `holds`, `seats`.

use boxoffice_eventing::database::{exact, moment};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Layouts {
    Table,
    Id,
    Rows,
}

#[derive(DeriveIden)]
enum Halls {
    Table,
    Id,
    Name,
    LayoutId,
}

#[derive(DeriveIden)]
enum Titles {
    Table,
    TitleId,
    State,
}

#[derive(DeriveIden)]
enum Showings {
    Table,
    Id,
    TitleId,
    Venue,
    StartAt,
    EndAt,
    State,
    LayoutId,
    Capacity,
    Held,
    Sold,
    Prices,
    Currency,
    Version,
    Fingerprint,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Holds {
    Table,
    BookingId,
    ShowingId,
    State,
    Seats,
    Quantity,
    Amount,
    Currency,
    ClosedBy,
}

#[derive(DeriveIden)]
enum Seats {
    Table,
    ShowingId,
    Seat,
    State,
    BookingId,
    Version,
}

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let (layouts, showings) = (layouts(backend), showings(backend));
        for table in [layouts, halls(), titles(), showings, holds(), seats()] {
            manager.create_table(exact(backend, table)).await?;
        }
        for index in [titles_by_state(), showings_in_order(), showings_of_a_title()] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn layouts(backend: DbBackend) -> TableCreateStatement {
    let mut rows = ColumnDef::new(Layouts::Rows);
    if backend == DbBackend::MySql {
        // Its TEXT ends at 64 KiB; a thousand rows of seats may be longer.
        rows.custom(Alias::new("MEDIUMTEXT"));
    } else {
        rows.text();
    }
    Table::create()
        .table(Layouts::Table)
        .col(ColumnDef::new(Layouts::Id).uuid().not_null().primary_key())
        .col(rows.not_null())
        .to_owned()
}

fn halls() -> TableCreateStatement {
    Table::create()
        .table(Halls::Table)
        .col(ColumnDef::new(Halls::Id).string_len(64).not_null().primary_key())
        .col(ColumnDef::new(Halls::Name).string_len(200).not_null())
        .col(ColumnDef::new(Halls::LayoutId).uuid().not_null())
        .to_owned()
}

fn titles() -> TableCreateStatement {
    Table::create()
        .table(Titles::Table)
        .col(ColumnDef::new(Titles::TitleId).uuid().not_null().primary_key())
        .col(ColumnDef::new(Titles::State).string_len(16).not_null())
        .to_owned()
}

fn titles_by_state() -> IndexCreateStatement {
    Index::create().name("titles_by_state").table(Titles::Table).col(Titles::State).to_owned()
}

fn showings(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(Showings::Table)
        .col(ColumnDef::new(Showings::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Showings::TitleId).uuid().not_null())
        .col(ColumnDef::new(Showings::Venue).string_len(200).not_null())
        .col(moment(backend, Showings::StartAt))
        .col(moment(backend, Showings::EndAt))
        .col(ColumnDef::new(Showings::State).string_len(16).not_null())
        .col(ColumnDef::new(Showings::LayoutId).uuid())
        .col(ColumnDef::new(Showings::Capacity).integer().not_null())
        .col(ColumnDef::new(Showings::Held).integer().not_null())
        .col(ColumnDef::new(Showings::Sold).integer().not_null())
        .col(ColumnDef::new(Showings::Prices).text().not_null())
        .col(ColumnDef::new(Showings::Currency).string_len(3).not_null())
        .col(ColumnDef::new(Showings::Version).big_integer().not_null())
        .col(ColumnDef::new(Showings::Fingerprint).uuid().not_null())
        .col(moment(backend, Showings::CreatedAt))
        // The last line of defence: whatever goes wrong above it, a seat too many is not saved.
        .check(
            Expr::col(Showings::Held).gte(0).and(Expr::col(Showings::Sold).gte(0)).and(
                Expr::col(Showings::Held)
                    .add(Expr::col(Showings::Sold))
                    .lte(Expr::col(Showings::Capacity)),
            ),
        )
        .to_owned()
}

fn showings_in_order() -> IndexCreateStatement {
    Index::create()
        .name("showings_in_order")
        .table(Showings::Table)
        .col(Showings::StartAt)
        .col(Showings::Id)
        .to_owned()
}

fn showings_of_a_title() -> IndexCreateStatement {
    Index::create()
        .name("showings_of_a_title")
        .table(Showings::Table)
        .col(Showings::TitleId)
        .col(Showings::StartAt)
        .col(Showings::Id)
        .to_owned()
}

fn holds() -> TableCreateStatement {
    Table::create()
        .table(Holds::Table)
        .col(ColumnDef::new(Holds::BookingId).uuid().not_null().primary_key())
        .col(ColumnDef::new(Holds::ShowingId).uuid().not_null())
        .col(ColumnDef::new(Holds::State).string_len(16).not_null())
        .col(ColumnDef::new(Holds::Seats).text().not_null())
        .col(ColumnDef::new(Holds::Quantity).integer().not_null())
        .col(ColumnDef::new(Holds::Amount).big_integer())
        .col(ColumnDef::new(Holds::Currency).string_len(3))
        .col(ColumnDef::new(Holds::ClosedBy).big_integer())
        .to_owned()
}

/// No index on `version`: a watcher can read all seats of a showing, a buyer should not have to
/// write another index.
fn seats() -> TableCreateStatement {
    Table::create()
        .table(Seats::Table)
        .col(ColumnDef::new(Seats::ShowingId).uuid().not_null())
        .col(ColumnDef::new(Seats::Seat).string_len(16).not_null())
        .col(ColumnDef::new(Seats::State).string_len(16).not_null())
        .col(ColumnDef::new(Seats::BookingId).uuid())
        .col(ColumnDef::new(Seats::Version).big_integer().not_null())
        .primary_key(Index::create().col(Seats::ShowingId).col(Seats::Seat))
        .to_owned()
}
