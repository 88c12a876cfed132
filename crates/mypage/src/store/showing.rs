//! The table `showings`: what, where and when, for the bookings that are of one.

use std::collections::BTreeSet;

use boxoffice_kernel::{ShowingId, TitleId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};

use crate::domain::{Latest, Showing};

/// A row of `showings`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "showings")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) title_id: Option<Uuid>,
    pub(crate) venue: Option<String>,
    pub(crate) starts_at: Option<DateTimeUtc>,
    /// Guards `starts_at`.
    pub(crate) starts_sequence: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<Showing>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(Showing::from).collect())
}

/// What is new.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Showing>) -> Result<(), DbErr> {
    if new.is_empty() {
        return Ok(());
    }
    Entity::insert_many(new.into_iter().map(active)).exec_without_returning(tx).await?;
    Ok(())
}

/// What was locked, and changed.
pub(super) async fn update(tx: &DatabaseTransaction, changed: Vec<Showing>) -> Result<(), DbErr> {
    if changed.is_empty() {
        return Ok(());
    }
    let changing = [Column::TitleId, Column::Venue, Column::StartsAt, Column::StartsSequence];
    let update = OnConflict::column(Column::Id).update_columns(changing).to_owned();
    Entity::insert_many(changed.into_iter().map(active))
        .on_conflict(update)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

// === row to domain and back ===

impl From<Model> for Showing {
    fn from(row: Model) -> Self {
        Self {
            id: ShowingId(row.id),
            scheduled: row.title_id.map(TitleId).zip(row.venue),
            starts_at: Latest {
                sequence: row.starts_sequence.cast_unsigned(),
                value: row.starts_at,
            },
        }
    }
}

fn active(showing: Showing) -> ActiveModel {
    let (title_id, venue) = showing.scheduled.unzip();
    let row = Model {
        id: showing.id.0,
        title_id: title_id.map(|it| it.0),
        venue,
        starts_at: showing.starts_at.value,
        starts_sequence: showing.starts_at.sequence.cast_signed(),
    };
    row.into_active_model().reset_all()
}
