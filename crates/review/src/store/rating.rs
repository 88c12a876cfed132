//! The table `ratings`: one row a title, changed with the reviews it follows from.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_kernel::TitleId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};

use crate::domain::Rating;

/// Rows in one statement.
const ROWS: usize = 1_000;

/// A row of `ratings`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ratings")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) title_id: Uuid,
    pub(crate) stars_total: i64,
    pub(crate) count: i64,
    pub(crate) version: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns that change.
const CHANGING: [Column; 3] = [Column::StarsTotal, Column::Count, Column::Version];

/// Those there are, of these titles.
pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    titles: &BTreeSet<Uuid>,
) -> Result<BTreeMap<TitleId, Rating>, DbErr> {
    if titles.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = Entity::find()
        .filter(Column::TitleId.is_in(titles.iter().copied()))
        .order_by_asc(Column::TitleId)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| (TitleId(row.title_id), row.into())).collect())
}

/// What is new. A row that another replica made first makes this fail; each command then runs
/// alone and sees it.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    new: Vec<(TitleId, Rating)>,
) -> Result<(), DbErr> {
    for some in new.chunks(ROWS) {
        Entity::insert_many(some.iter().map(active)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was locked, and changed.
pub(super) async fn update(
    tx: &DatabaseTransaction,
    changed: Vec<(TitleId, Rating)>,
) -> Result<(), DbErr> {
    for some in changed.chunks(ROWS) {
        let update = OnConflict::column(Column::TitleId).update_columns(CHANGING).to_owned();
        Entity::insert_many(some.iter().map(active))
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn active((title_id, rating): &(TitleId, Rating)) -> ActiveModel {
    let row = Model {
        title_id: title_id.0,
        stars_total: rating.stars_total.cast_signed(),
        count: rating.count.cast_signed(),
        version: rating.version.cast_signed(),
    };
    row.into_active_model().reset_all()
}

// === row to domain ===

impl From<Model> for Rating {
    fn from(row: Model) -> Self {
        Self {
            stars_total: row.stars_total.unsigned_abs(),
            count: row.count.unsigned_abs(),
            version: row.version.unsigned_abs(),
        }
    }
}
