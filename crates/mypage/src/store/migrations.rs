//! My page's tables. A migration that was released is never edited; a change is a new one.

mod m20261121_000001_create_mypage;

use sea_orm_migration::MigrationTrait;

/// My page's own migrations, in order.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m20261121_000001_create_mypage::Migration)]
}
