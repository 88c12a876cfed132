//! `outbox`, `inbox`, `dead_letters`, `leases`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::database::{bytes, exact, moment, moment_null};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Outbox {
    Table,
    Seq,
    Id,
    Name,
    AggregateId,
    Sequence,
    CorrelationId,
    CausationId,
    OccurredAt,
    Traceparent,
    Payload,
    AckedAt,
}

#[derive(DeriveIden)]
enum Inbox {
    Table,
    MessageId,
}

#[derive(DeriveIden)]
enum DeadLetters {
    Table,
    Id,
    Listener,
    Source,
    Name,
    Headers,
    Payload,
    Reason,
    Error,
    Attempts,
    FirstAt,
    LastAt,
    Traceparent,
    ReplayRequestedAt,
}

#[derive(DeriveIden)]
enum Leases {
    Table,
    Name,
    Holder,
    ExpiresAt,
    StreamEnd,
}

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for table in [outbox(backend), inbox(), dead_letters(backend), leases(backend)] {
            manager.create_table(exact(backend, table)).await?;
        }
        manager.create_index(outbox_in_order()).await?;
        manager.execute(relay_lease()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            Leases::Table.into_iden(),
            DeadLetters::Table.into_iden(),
            Inbox::Table.into_iden(),
            Outbox::Table.into_iden(),
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn outbox(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(Outbox::Table)
        .col(ColumnDef::new(Outbox::Seq).big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new(Outbox::Id).uuid().not_null())
        .col(ColumnDef::new(Outbox::Name).string_len(128).not_null())
        .col(ColumnDef::new(Outbox::AggregateId).uuid().not_null())
        .col(ColumnDef::new(Outbox::Sequence).big_integer().not_null())
        .col(ColumnDef::new(Outbox::CorrelationId).uuid().not_null())
        .col(ColumnDef::new(Outbox::CausationId).uuid())
        .col(moment(backend, Outbox::OccurredAt))
        .col(ColumnDef::new(Outbox::Traceparent).string_len(64))
        .col(bytes(backend, Outbox::Payload))
        .col(moment_null(backend, Outbox::AckedAt))
        .to_owned()
}

/// Serves both the relay's question (not acknowledged, in order) and the deletion of old rows.
fn outbox_in_order() -> IndexCreateStatement {
    Index::create()
        .name("outbox_in_order")
        .table(Outbox::Table)
        .col(Outbox::AckedAt)
        .col(Outbox::Seq)
        .to_owned()
}

fn inbox() -> TableCreateStatement {
    Table::create()
        .table(Inbox::Table)
        .col(ColumnDef::new(Inbox::MessageId).uuid().not_null().primary_key())
        .to_owned()
}

fn dead_letters(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(DeadLetters::Table)
        .col(ColumnDef::new(DeadLetters::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(DeadLetters::Listener).string_len(32).not_null())
        .col(ColumnDef::new(DeadLetters::Source).string_len(32).not_null())
        .col(ColumnDef::new(DeadLetters::Name).string_len(128))
        .col(ColumnDef::new(DeadLetters::Headers).text().not_null())
        .col(bytes(backend, DeadLetters::Payload))
        .col(ColumnDef::new(DeadLetters::Reason).string_len(64).not_null())
        .col(ColumnDef::new(DeadLetters::Error).text().not_null())
        .col(ColumnDef::new(DeadLetters::Attempts).big_integer().not_null())
        .col(moment(backend, DeadLetters::FirstAt))
        .col(moment(backend, DeadLetters::LastAt))
        .col(ColumnDef::new(DeadLetters::Traceparent).string_len(64))
        .col(moment_null(backend, DeadLetters::ReplayRequestedAt))
        .to_owned()
}

fn leases(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table(Leases::Table)
        .col(ColumnDef::new(Leases::Name).string_len(32).not_null().primary_key())
        .col(ColumnDef::new(Leases::Holder).uuid())
        .col(moment(backend, Leases::ExpiresAt))
        .col(ColumnDef::new(Leases::StreamEnd).big_integer().not_null().default(0))
        .to_owned()
}

/// Free, so that no two relays ever race to make it.
fn relay_lease() -> InsertStatement {
    let epoch = chrono::DateTime::UNIX_EPOCH;
    Query::insert()
        .into_table(Leases::Table)
        .columns([Leases::Name, Leases::ExpiresAt, Leases::StreamEnd])
        .values_panic(["relay".into(), epoch.into(), 0_i64.into()])
        .to_owned()
}
