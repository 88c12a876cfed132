//! The table `accounts`: one row a booking, closed or not. Its row is the lock of its payments.

use std::collections::BTreeSet;

use boxoffice_eventing::database;
use boxoffice_kernel::BookingId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};

use crate::domain::Account;

/// Rows in one statement, more than a batch has.
const ROWS: usize = 1_000;

/// A row of `accounts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) booking_id: Uuid,
    pub(crate) closed_at: Option<DateTimeUtc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Without their payments.
pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    bookings: &BTreeSet<Uuid>,
) -> Result<Vec<Account>, DbErr> {
    let rows = Entity::find()
        .filter(Column::BookingId.is_in(database::keys(bookings.iter().copied())))
        .order_by_asc(Column::BookingId)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// What is new. A row that another replica made first makes this fail; each command then runs
/// alone and sees it.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Account>) -> Result<(), DbErr> {
    for accounts in database::statements(new, ROWS) {
        let rows = accounts.into_iter().map(|it| Model::from(it).into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was locked, and is closed now.
pub(super) async fn update(tx: &DatabaseTransaction, closed: Vec<Account>) -> Result<(), DbErr> {
    if closed.is_empty() {
        return Ok(());
    }
    let update = OnConflict::column(Column::BookingId).update_column(Column::ClosedAt).to_owned();
    let rows = closed.into_iter().map(|it| Model::from(it).into_active_model().reset_all());
    Entity::insert_many(rows).on_conflict(update).exec_without_returning(tx).await?;
    Ok(())
}

// === row to domain and back ===

impl From<Model> for Account {
    fn from(row: Model) -> Self {
        Self {
            booking_id: BookingId(row.booking_id),
            closed_at: row.closed_at,
            payments: Vec::new(),
        }
    }
}

impl From<Account> for Model {
    fn from(account: Account) -> Self {
        Self { booking_id: account.booking_id.0, closed_at: account.closed_at }
    }
}
