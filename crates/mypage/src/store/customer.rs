//! The table `customers`: how often the bookings of each have changed. Never emptied, so that no
//! watcher's place comes twice.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_kernel::CustomerId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};

/// A row of `customers`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: String,
    pub(crate) version: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<CustomerId>,
) -> Result<BTreeMap<CustomerId, u64>, DbErr> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().map(CustomerId::as_str)))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| (CustomerId::new(&row.id), row.version.cast_unsigned())).collect())
}

/// What is new. A row that another replica made first makes this fail; each command then runs alone
/// and sees it.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    new: Vec<(CustomerId, u64)>,
) -> Result<(), DbErr> {
    if new.is_empty() {
        return Ok(());
    }
    Entity::insert_many(new.into_iter().map(active)).exec_without_returning(tx).await?;
    Ok(())
}

/// What was locked.
pub(super) async fn update(
    tx: &DatabaseTransaction,
    changed: Vec<(CustomerId, u64)>,
) -> Result<(), DbErr> {
    if changed.is_empty() {
        return Ok(());
    }
    let update = OnConflict::column(Column::Id).update_column(Column::Version).to_owned();
    Entity::insert_many(changed.into_iter().map(active))
        .on_conflict(update)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

fn active((id, version): (CustomerId, u64)) -> ActiveModel {
    let row = Model { id: id.as_str().to_owned(), version: version.cast_signed() };
    row.into_active_model().reset_all()
}
