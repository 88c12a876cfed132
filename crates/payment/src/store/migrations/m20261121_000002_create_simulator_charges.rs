//! The simulator's ledger: what it has taken, as a provider's would be somewhere else.

use boxoffice_eventing::database::{exact, moment};
use sea_orm_migration::prelude::*;

/// Creates `simulator_charges`.
#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum SimulatorCharges {
    Table,
    Key,
    Amount,
    Currency,
    Method,
    State,
    Reason,
    Unanswered,
    At,
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let charges = Table::create()
            .table(SimulatorCharges::Table)
            .col(ColumnDef::new(SimulatorCharges::Key).uuid().not_null().primary_key())
            .col(ColumnDef::new(SimulatorCharges::Amount).big_integer())
            .col(ColumnDef::new(SimulatorCharges::Currency).string_len(3))
            .col(ColumnDef::new(SimulatorCharges::Method).string_len(200))
            .col(ColumnDef::new(SimulatorCharges::State).string_len(16).not_null())
            .col(ColumnDef::new(SimulatorCharges::Reason).text())
            .col(ColumnDef::new(SimulatorCharges::Unanswered).integer().not_null())
            .col(moment(backend, SimulatorCharges::At))
            .to_owned();
        manager.create_table(exact(backend, charges)).await
    }
}
