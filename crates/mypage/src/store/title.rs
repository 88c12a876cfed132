//! The table `titles`: what each is called.

use std::collections::BTreeSet;

use boxoffice_kernel::TitleId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};

use crate::domain::{Latest, Title};

/// A row of `titles`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "titles")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) name: String,
    /// Guards `name`.
    pub(crate) sequence: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<Title>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(Title::from).collect())
}

/// What is new.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Title>) -> Result<(), DbErr> {
    if new.is_empty() {
        return Ok(());
    }
    Entity::insert_many(new.into_iter().map(active)).exec_without_returning(tx).await?;
    Ok(())
}

/// What was locked, and changed.
pub(super) async fn update(tx: &DatabaseTransaction, changed: Vec<Title>) -> Result<(), DbErr> {
    if changed.is_empty() {
        return Ok(());
    }
    let changing = [Column::Name, Column::Sequence];
    let update = OnConflict::column(Column::Id).update_columns(changing).to_owned();
    Entity::insert_many(changed.into_iter().map(active))
        .on_conflict(update)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

// === row to domain and back ===

impl From<Model> for Title {
    fn from(row: Model) -> Self {
        let name = Latest { sequence: row.sequence.cast_unsigned(), value: Some(row.name) };
        Self { id: TitleId(row.id), name }
    }
}

fn active(title: Title) -> ActiveModel {
    let row = Model {
        id: title.id.0,
        name: title.name.value.unwrap_or_default(),
        sequence: title.name.sequence.cast_signed(),
    };
    row.into_active_model().reset_all()
}
