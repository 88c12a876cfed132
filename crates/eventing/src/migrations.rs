//! The tables eventing needs in every context's database.

mod m20261121_000001_create_eventing;

use sea_orm_migration::MigrationTrait;

/// A context's migrator runs these before its own.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m20261121_000001_create_eventing::Migration)]
}
