//! Table `titles`: whether a title may still be shown.

use std::collections::BTreeSet;

use boxoffice_kernel::{ShowingId, Time, TitleId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::rows::Changes;
use super::showing::entity as showing;
use crate::domain::Standing;

pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "titles")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub title_id: Uuid,
        pub state: State,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
    pub(crate) enum State {
        #[sea_orm(string_value = "current")]
        Current,
        #[sea_orm(string_value = "withdrawing")]
        Withdrawing,
        #[sea_orm(string_value = "withdrawn")]
        Withdrawn,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity, Model, State};

pub(super) async fn lock(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<TitleId>,
) -> Result<Vec<(TitleId, Standing)>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find()
        .filter(Column::TitleId.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(Column::TitleId)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| (TitleId(row.title_id), row.state.into())).collect())
}

pub(super) async fn save(
    tx: &DatabaseTransaction,
    changes: Changes<(TitleId, Standing)>,
) -> Result<(), DbErr> {
    let update = OnConflict::column(Column::TitleId).update_column(Column::State).to_owned();
    let row =
        |(id, standing): (TitleId, Standing)| Model { title_id: id.0, state: standing.into() };
    changes.save::<Entity>(tx, row, update).await
}

/// Removed titles whose showings are still to be cancelled.
pub(crate) async fn withdrawing(
    db: &impl ConnectionTrait,
    limit: u64,
) -> Result<Vec<TitleId>, DbErr> {
    let rows =
        Entity::find().filter(Column::State.eq(State::Withdrawing)).limit(limit).all(db).await?;
    Ok(rows.into_iter().map(|row| TitleId(row.title_id)).collect())
}

/// Showings of a title that can still be cancelled, the next one first.
pub(crate) async fn future(
    db: &impl ConnectionTrait,
    title_id: TitleId,
    now: Time,
    limit: u64,
) -> Result<Vec<ShowingId>, DbErr> {
    let ids: Vec<Uuid> = showing::Entity::find()
        .select_only()
        .column(showing::Column::Id)
        .filter(showing::Column::TitleId.eq(title_id.0))
        .filter(showing::Column::State.eq(showing::State::Scheduled))
        .filter(showing::Column::StartAt.gt(now))
        .order_by_asc(showing::Column::StartAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(ShowingId).collect())
}

// === row to domain and back ===

impl From<State> for Standing {
    fn from(state: State) -> Self {
        match state {
            State::Current => Self::Current,
            State::Withdrawing => Self::Withdrawing,
            State::Withdrawn => Self::Withdrawn,
        }
    }
}

impl From<Standing> for State {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Current => Self::Current,
            Standing::Withdrawing => Self::Withdrawing,
            Standing::Withdrawn => Self::Withdrawn,
        }
    }
}
