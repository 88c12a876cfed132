//! Payment's tables. A migration that was released is never edited; a change is a new one.

mod m20261121_000001_create_payments;
mod m20261121_000002_create_simulator_charges;
mod m20261121_000003_create_stripe_intents;
mod m20261121_000004_add_traceparent;

use sea_orm_migration::MigrationTrait;

/// Payment's own migrations, in order.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20261121_000001_create_payments::Migration),
        Box::new(m20261121_000002_create_simulator_charges::Migration),
        Box::new(m20261121_000003_create_stripe_intents::Migration),
        Box::new(m20261121_000004_add_traceparent::Migration),
    ]
}
