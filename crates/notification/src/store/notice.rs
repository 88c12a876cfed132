//! The table `notices`, and a notice as its row.

use std::collections::BTreeSet;

use boxoffice_kernel::{BookingId, CustomerId, NoticeId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::domain::{Language, Notice, State};

/// Rows in one statement: each has 10 columns, and SQLite takes 32,766 parameters.
const ROWS: usize = 1_000;

/// A row of `notices`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "notices")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) booking_id: Uuid,
    pub(crate) customer_id: String,
    /// JSON: the facts.
    #[sea_orm(column_type = "Text")]
    pub(crate) topic: String,
    pub(crate) language: LanguageColumn,
    pub(crate) state: StateColumn,
    pub(crate) attempts: i64,
    pub(crate) next_attempt_at: Option<DateTimeUtc>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) traceparent: Option<String>,
}

/// [`Language`], stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(2))")]
pub(crate) enum LanguageColumn {
    #[sea_orm(string_value = "en")]
    English,
    #[sea_orm(string_value = "ko")]
    Korean,
}

/// [`State`], stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub(crate) enum StateColumn {
    #[sea_orm(string_value = "sending")]
    Sending,
    #[sea_orm(string_value = "sent")]
    Sent,
    #[sea_orm(string_value = "undeliverable")]
    Undeliverable,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns that change.
const CHANGING: [Column; 4] =
    [Column::Language, Column::State, Column::Attempts, Column::NextAttemptAt];

pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    ids: BTreeSet<Uuid>,
) -> Result<Vec<Notice>, DbErr> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter().map(Notice::try_from).collect()
}

/// What is new, sorted by id.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Notice>) -> Result<(), DbErr> {
    for some in new.chunks(ROWS) {
        let rows = some.iter().map(active).collect::<Result<Vec<_>, _>>()?;
        Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was locked, and changed.
pub(super) async fn update(tx: &DatabaseTransaction, changed: Vec<Notice>) -> Result<(), DbErr> {
    for some in changed.chunks(ROWS) {
        let update = OnConflict::column(Column::Id).update_columns(CHANGING).to_owned();
        let rows = some.iter().map(active).collect::<Result<Vec<_>, _>>()?;
        Entity::insert_many(rows).on_conflict(update).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn active(notice: &Notice) -> Result<ActiveModel, DbErr> {
    Ok(Model::try_from(notice)?.into_active_model().reset_all())
}

// === row to domain and back ===

impl TryFrom<Model> for Notice {
    type Error = DbErr;

    /// A row that cannot be read is a fault of the store.
    fn try_from(row: Model) -> Result<Self, DbErr> {
        let unreadable = |error| DbErr::Type(format!("notice {} has no topic: {error}", row.id));
        Ok(Self {
            id: NoticeId(row.id),
            booking_id: BookingId(row.booking_id),
            customer_id: CustomerId::new(&row.customer_id),
            topic: serde_json::from_str(&row.topic).map_err(unreadable)?,
            language: match row.language {
                LanguageColumn::English => Language::English,
                LanguageColumn::Korean => Language::Korean,
            },
            state: match row.state {
                StateColumn::Sending => State::Sending,
                StateColumn::Sent => State::Sent,
                StateColumn::Undeliverable => State::Undeliverable,
            },
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            next_attempt_at: row.next_attempt_at,
            created_at: row.created_at,
            traceparent: row.traceparent,
        })
    }
}

impl TryFrom<&Notice> for Model {
    type Error = DbErr;

    fn try_from(notice: &Notice) -> Result<Self, DbErr> {
        let topic = serde_json::to_string(&notice.topic);
        Ok(Self {
            id: notice.id.0,
            booking_id: notice.booking_id.0,
            customer_id: notice.customer_id.as_str().to_owned(),
            topic: topic.map_err(|error| DbErr::Type(error.to_string()))?,
            language: match notice.language {
                Language::English => LanguageColumn::English,
                Language::Korean => LanguageColumn::Korean,
            },
            state: match notice.state {
                State::Sending => StateColumn::Sending,
                State::Sent => StateColumn::Sent,
                State::Undeliverable => StateColumn::Undeliverable,
            },
            attempts: notice.attempts.into(),
            next_attempt_at: notice.next_attempt_at,
            created_at: notice.created_at,
            traceparent: notice.traceparent.clone(),
        })
    }
}
