//! Notification's tables. A migration that was released is never edited; a change is a new one.

mod m20261121_000001_create_notices;
mod m20261121_000002_add_traceparent;

use sea_orm_migration::MigrationTrait;

/// Notification's own migrations, in order.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20261121_000001_create_notices::Migration),
        Box::new(m20261121_000002_add_traceparent::Migration),
    ]
}
