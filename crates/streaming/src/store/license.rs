//! The table `licenses`, and a licence or a mark as its row.

use std::collections::BTreeSet;

use boxoffice_kernel::{BookingId, CustomerId, LicenseId, TitleId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::domain::{Entry, License, Mark, State};

/// Rows in one statement: each has 9 columns, and SQLite takes 32,766 parameters.
const ROWS: usize = 1_000;

/// A row of `licenses`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "licenses")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) booking_id: Uuid,
    /// `NULL` in a mark.
    pub(crate) customer_id: Option<String>,
    /// `NULL` in a mark.
    pub(crate) title_id: Option<Uuid>,
    pub(crate) state: StateColumn,
    pub(crate) watched_at: Option<DateTimeUtc>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
}

/// [`State`], or that of a mark, stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub(crate) enum StateColumn {
    #[sea_orm(string_value = "granted")]
    Granted,
    #[sea_orm(string_value = "watched")]
    Watched,
    #[sea_orm(string_value = "revoked")]
    Revoked,
    #[sea_orm(string_value = "closed")]
    Closed,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns that change; those of a mark when its licence is heard of.
const CHANGING: [Column; 6] = [
    Column::CustomerId,
    Column::TitleId,
    Column::State,
    Column::WatchedAt,
    Column::Version,
    Column::UpdatedAt,
];

pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<Entry>, DbErr> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// What is new, sorted by id.
pub(super) async fn insert(tx: &DatabaseTransaction, new: &[Entry]) -> Result<(), DbErr> {
    for some in new.chunks(ROWS) {
        Entity::insert_many(some.iter().map(active)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was locked, and changed.
pub(super) async fn update(tx: &DatabaseTransaction, known: &[Entry]) -> Result<(), DbErr> {
    for some in known.chunks(ROWS) {
        let update = OnConflict::column(Column::Id).update_columns(CHANGING).to_owned();
        Entity::insert_many(some.iter().map(active))
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn active(entry: &Entry) -> ActiveModel {
    Model::from(entry).into_active_model().reset_all()
}

// === row to domain and back ===

impl TryFrom<Model> for Entry {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        if row.state == StateColumn::Closed {
            let booking_id = BookingId(row.booking_id);
            return Ok(Self::Mark(Mark { booking_id, marked_at: row.created_at }));
        }
        row.try_into().map(Self::License)
    }
}

impl TryFrom<Model> for License {
    type Error = DbErr;

    /// A row that cannot be read is a fault of the store; a mark is no licence.
    fn try_from(row: Model) -> Result<Self, DbErr> {
        let state = match row.state {
            StateColumn::Granted => Some(State::Granted),
            StateColumn::Watched => Some(State::Watched),
            StateColumn::Revoked => Some(State::Revoked),
            StateColumn::Closed => None,
        };
        let (Some(state), Some(customer), Some(title)) = (state, row.customer_id, row.title_id)
        else {
            return Err(DbErr::Type(format!("licenses: {} is no licence", row.id)));
        };
        Ok(Self {
            id: LicenseId(row.id),
            booking_id: BookingId(row.booking_id),
            customer_id: CustomerId::new(&customer),
            title_id: TitleId(title),
            state,
            watched_at: row.watched_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version.unsigned_abs(),
        })
    }
}

impl From<&Entry> for Model {
    fn from(entry: &Entry) -> Self {
        match entry {
            Entry::License(license) => Self {
                id: license.id.0,
                booking_id: license.booking_id.0,
                customer_id: Some(license.customer_id.as_str().to_owned()),
                title_id: Some(license.title_id.0),
                state: license.state.into(),
                watched_at: license.watched_at,
                version: license.version.cast_signed(),
                created_at: license.created_at,
                updated_at: license.updated_at,
            },
            Entry::Mark(mark) => Self {
                id: entry.id().0,
                booking_id: mark.booking_id.0,
                customer_id: None,
                title_id: None,
                state: StateColumn::Closed,
                watched_at: None,
                version: 1,
                created_at: mark.marked_at,
                updated_at: mark.marked_at,
            },
        }
    }
}

impl From<State> for StateColumn {
    fn from(state: State) -> Self {
        match state {
            State::Granted => Self::Granted,
            State::Watched => Self::Watched,
            State::Revoked => Self::Revoked,
        }
    }
}
