//! Deliveries with their tickets, the orders they are locked by, and the key that tickets are signed with.

use boxoffice_eventing::database::{bytes, moment, moment_null};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Creates `orders`, `deliveries`, `tickets` and `ticket_keys`.
#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Orders {
    Table,
    DeliveryId,
    BookingId,
    ClosedAt,
    RefundedPaymentId,
}

#[derive(DeriveIden)]
enum Deliveries {
    Table,
    Id,
    BookingId,
    CustomerId,
    ShowingId,
    PaymentId,
    Method,
    State,
    Shipper,
    TrackingNumber,
    ContactName,
    ContactPhone,
    ContactAddress,
    Attempts,
    NextAttemptAt,
    Version,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Tickets {
    Table,
    Id,
    DeliveryId,
    Number,
    Seat,
    Code,
    CheckedInAt,
}

#[derive(DeriveIden)]
enum TicketKeys {
    Table,
    Generation,
    KeyId,
    Jwk,
    Secret,
    CreatedAt,
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for mut table in [orders(backend), deliveries(backend), tickets(backend), keys(backend)] {
            if backend == DbBackend::MySql {
                // Its default takes `Alice` for `alice`; the others don't.
                table.collate("utf8mb4_bin");
            }
            manager.create_table(table).await?;
        }
        let index = |name: &str, columns: &[Deliveries]| {
            let mut index = Index::create();
            index.name(name).table(Deliveries::Table);
            for column in columns {
                index.col(column.to_string());
            }
            index
        };
        for index in [
            index("deliveries_due", &[Deliveries::NextAttemptAt]),
            index(
                "deliveries_of_a_customer",
                &[Deliveries::CustomerId, Deliveries::CreatedAt, Deliveries::Id],
            ),
            index("deliveries_newest", &[Deliveries::CreatedAt, Deliveries::Id]),
        ] {
            manager.create_index(index).await?;
        }
        let of_a_delivery = Index::create()
            .name("tickets_of_a_delivery")
            .table(Tickets::Table)
            .col(Tickets::DeliveryId)
            .col(Tickets::Number)
            .to_owned();
        manager.create_index(of_a_delivery).await
    }
}

fn orders(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(Orders::Table)
        .col(ColumnDef::new(Orders::DeliveryId).uuid().not_null().primary_key())
        .col(ColumnDef::new(Orders::BookingId).uuid().not_null())
        .col(moment_null(backend, Orders::ClosedAt))
        .col(ColumnDef::new(Orders::RefundedPaymentId).uuid())
        .to_owned()
}

fn deliveries(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(Deliveries::Table)
        .col(ColumnDef::new(Deliveries::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Deliveries::BookingId).uuid().not_null())
        .col(ColumnDef::new(Deliveries::CustomerId).string_len(255).not_null())
        .col(ColumnDef::new(Deliveries::ShowingId).uuid().not_null())
        .col(ColumnDef::new(Deliveries::PaymentId).uuid().not_null())
        .col(ColumnDef::new(Deliveries::Method).string_len(16).not_null())
        .col(ColumnDef::new(Deliveries::State).string_len(16).not_null())
        .col(ColumnDef::new(Deliveries::Shipper).text())
        .col(ColumnDef::new(Deliveries::TrackingNumber).text())
        .col(ColumnDef::new(Deliveries::ContactName).text())
        .col(ColumnDef::new(Deliveries::ContactPhone).text())
        .col(ColumnDef::new(Deliveries::ContactAddress).text())
        .col(ColumnDef::new(Deliveries::Attempts).big_integer().not_null())
        .col(moment_null(backend, Deliveries::NextAttemptAt))
        .col(ColumnDef::new(Deliveries::Version).big_integer().not_null())
        .col(moment(backend, Deliveries::CreatedAt))
        .col(moment(backend, Deliveries::UpdatedAt))
        .to_owned()
}

fn tickets(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(Tickets::Table)
        .col(ColumnDef::new(Tickets::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Tickets::DeliveryId).uuid().not_null())
        .col(ColumnDef::new(Tickets::Number).integer().not_null())
        .col(ColumnDef::new(Tickets::Seat).text())
        .col(ColumnDef::new(Tickets::Code).text())
        .col(moment_null(backend, Tickets::CheckedInAt))
        .to_owned()
}

fn keys(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(TicketKeys::Table)
        .col(ColumnDef::new(TicketKeys::Generation).integer().not_null().primary_key())
        .col(ColumnDef::new(TicketKeys::KeyId).string_len(64).not_null())
        .col(ColumnDef::new(TicketKeys::Jwk).text().not_null())
        .col(bytes(backend, TicketKeys::Secret))
        .col(moment(backend, TicketKeys::CreatedAt))
        .to_owned()
}
