//! The table `reviews`, and a review as its row.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_kernel::{CustomerId, ReviewId, TitleId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::commands::Command;
use crate::domain::{Opinion, Review, State};

/// Rows in one statement. A review may be 20 kB; a MariaDB packet is 16 MB.
const ROWS: usize = 200;

/// A row of `reviews`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "reviews")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) request: Uuid,
    pub(crate) title_id: Uuid,
    pub(crate) customer_id: String,
    pub(crate) stars: i32,
    pub(crate) text: String,
    pub(crate) state: StateColumn,
    /// Null when it is not, and so none of the unique index.
    pub(crate) live: Option<bool>,
    pub(crate) attempts: i64,
    pub(crate) next_attempt_at: Option<DateTimeUtc>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
}

/// [`State`], stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub(crate) enum StateColumn {
    #[sea_orm(string_value = "pending")]
    Pending,
    #[sea_orm(string_value = "published")]
    Published,
    #[sea_orm(string_value = "rejected")]
    Rejected,
    #[sea_orm(string_value = "removed")]
    Removed,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns that change.
const CHANGING: [Column; 7] = [
    Column::Text,
    Column::State,
    Column::Live,
    Column::Attempts,
    Column::NextAttemptAt,
    Column::Version,
    Column::UpdatedAt,
];

/// The reviews called `ids`.
pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<Review>, DbErr> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter().map(Review::try_from).collect()
}

/// The live reviews of those who want to write one. Not locked: who writes beside a change of
/// another review of theirs comes before or after it, and the index sees to the rest.
pub(super) async fn load_live(
    tx: &DatabaseTransaction,
    commands: &[&Command],
) -> Result<BTreeMap<(TitleId, CustomerId), ReviewId>, DbErr> {
    let (mut titles, mut customers) = (BTreeSet::new(), BTreeSet::new());
    for command in commands {
        if let Command::Write(write) = command {
            titles.insert(write.title_id.0);
            customers.insert(write.customer_id.as_str());
        }
    }
    if titles.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = Entity::find()
        .select_only()
        .columns([Column::TitleId, Column::CustomerId, Column::Id])
        .filter(Column::TitleId.is_in(titles))
        .filter(Column::CustomerId.is_in(customers))
        .filter(Column::Live.eq(true))
        .into_tuple::<(Uuid, String, Uuid)>()
        .all(tx)
        .await?;
    let read = |(title, customer, id): (Uuid, String, Uuid)| {
        ((TitleId(title), CustomerId::new(&customer)), ReviewId(id))
    };
    Ok(rows.into_iter().map(read).collect())
}

/// What is new, sorted by id.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Review>) -> Result<(), DbErr> {
    for some in new.chunks(ROWS) {
        Entity::insert_many(some.iter().map(active)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was locked, and changed.
pub(super) async fn update(tx: &DatabaseTransaction, changed: Vec<Review>) -> Result<(), DbErr> {
    for some in changed.chunks(ROWS) {
        let update = OnConflict::column(Column::Id).update_columns(CHANGING).to_owned();
        Entity::insert_many(some.iter().map(active))
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// What was locked, and is not to be kept.
pub(super) async fn delete(
    tx: &DatabaseTransaction,
    withdrawn: BTreeSet<ReviewId>,
) -> Result<(), DbErr> {
    if withdrawn.is_empty() {
        return Ok(());
    }
    let these = Column::Id.is_in(withdrawn.into_iter().map(|id| id.0));
    Entity::delete_many().filter(these).exec(tx).await?;
    Ok(())
}

fn active(review: &Review) -> ActiveModel {
    Model::from(review.clone()).into_active_model().reset_all()
}

// === row to domain and back ===

impl TryFrom<Model> for Review {
    type Error = DbErr;

    /// A row that cannot be read is a fault of the store.
    fn try_from(row: Model) -> Result<Self, DbErr> {
        let stars = u8::try_from(row.stars);
        let stars = stars.map_err(|_| DbErr::Type(format!("reviews.stars: {}", row.stars)))?;
        Ok(Self {
            id: ReviewId(row.id),
            request: row.request,
            title_id: TitleId(row.title_id),
            customer_id: CustomerId::new(&row.customer_id),
            opinion: Opinion { stars, text: row.text },
            state: row.state.into(),
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            next_attempt_at: row.next_attempt_at,
            version: row.version.unsigned_abs(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl From<Review> for Model {
    fn from(review: Review) -> Self {
        Self {
            id: review.id.0,
            request: review.request,
            title_id: review.title_id.0,
            customer_id: review.customer_id.to_string(),
            stars: review.opinion.stars.into(),
            live: review.is_live().then_some(true),
            text: review.opinion.text,
            state: review.state.into(),
            attempts: review.attempts.into(),
            next_attempt_at: review.next_attempt_at,
            version: review.version.cast_signed(),
            created_at: review.created_at,
            updated_at: review.updated_at,
        }
    }
}

impl From<StateColumn> for State {
    fn from(state: StateColumn) -> Self {
        match state {
            StateColumn::Pending => Self::Pending,
            StateColumn::Published => Self::Published,
            StateColumn::Rejected => Self::Rejected,
            StateColumn::Removed => Self::Removed,
        }
    }
}

impl From<State> for StateColumn {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Published => Self::Published,
            State::Rejected => Self::Rejected,
            State::Removed => Self::Removed,
        }
    }
}
