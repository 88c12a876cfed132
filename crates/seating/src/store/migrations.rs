//! How the tables came to be, in order.

mod m20261121_000001_create_seating;

use sea_orm_migration::MigrationTrait;

/// Eventing's tables, and ours.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut migrations = boxoffice_eventing::migrations::all();
    migrations.push(Box::new(m20261121_000001_create_seating::Migration));
    migrations
}
