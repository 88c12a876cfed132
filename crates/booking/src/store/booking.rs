//! The table `bookings`, and a booking as its row.

use std::collections::BTreeSet;

use boxoffice_eventing::database;
use boxoffice_kernel::{BookingId, CustomerId, TitleId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect, Set, Unchanged};
use serde::Serialize;

use super::details::{self, Details};
use crate::domain::{Booking, Contact, State};

/// Rows in one statement: each has 15 columns, and SQLite takes 32,766 parameters.
const CHUNK: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "bookings")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) customer_id: String,
    pub(crate) state: StateColumn,
    pub(crate) showing_id: Option<Uuid>,
    pub(crate) title_id: Option<Uuid>,
    pub(crate) starts_at: Option<ChronoDateTimeUtc>,
    pub(crate) ends_at: Option<ChronoDateTimeUtc>,
    pub(crate) watched_at: Option<ChronoDateTimeUtc>,
    pub(crate) next_step_at: Option<ChronoDateTimeUtc>,
    pub(crate) fingerprint: Uuid,
    /// [`Details`] as JSON: read and written whole, never searched.
    #[sea_orm(column_type = "Text")]
    pub(crate) details: String,
    /// [`Contact`] as JSON, apart, so that a person can be erased.
    #[sea_orm(column_type = "Text")]
    pub(crate) contact: String,
    pub(crate) version: i64,
    pub(crate) created_at: ChronoDateTimeUtc,
    pub(crate) updated_at: ChronoDateTimeUtc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub(crate) enum StateColumn {
    #[sea_orm(string_value = "placed")]
    Placed,
    #[sea_orm(string_value = "awaiting_payment")]
    AwaitingPayment,
    #[sea_orm(string_value = "confirmed")]
    Confirmed,
    #[sea_orm(string_value = "rejected")]
    Rejected,
    #[sea_orm(string_value = "expired")]
    Expired,
    #[sea_orm(string_value = "cancelling")]
    Cancelling,
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<Booking>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find()
        .filter(Column::Id.is_in(database::keys(ids.iter().copied())))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter().map(Model::into_booking).collect()
}

/// What is new. A row that another replica made first makes this fail, and each command then runs
/// alone and sees it.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Booking>) -> Result<(), DbErr> {
    let rows: Vec<_> = new.into_iter().map(Model::from_booking).collect::<Result<_, _>>()?;
    for rows in database::statements(rows, CHUNK) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was locked.
pub(super) async fn update(tx: &DatabaseTransaction, known: Vec<Booking>) -> Result<(), DbErr> {
    let rows: Vec<_> = known.into_iter().map(Model::from_booking).collect::<Result<_, _>>()?;
    let changing = OnConflict::column(Column::Id)
        .update_columns([
            Column::State,
            Column::TitleId,
            Column::StartsAt,
            Column::EndsAt,
            Column::WatchedAt,
            Column::NextStepAt,
            Column::Details,
            Column::Version,
            Column::UpdatedAt,
        ])
        .to_owned();
    for rows in database::statements(rows, CHUNK) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        Entity::insert_many(rows).on_conflict(changing.clone()).exec_without_returning(tx).await?;
    }
    Ok(())
}

// === impl Model ===

impl Model {
    /// What has to be written so that nobody can tell whose it was.
    pub(crate) fn without_person(self, pseudonym: &CustomerId) -> Result<ActiveModel, DbErr> {
        let mut details: Details = details::read(&self.details)?;
        details.method = None;
        details.attempts.iter_mut().for_each(|attempt| attempt.method.clear());
        Ok(ActiveModel {
            id: Unchanged(self.id),
            customer_id: Set(pseudonym.as_str().to_owned()),
            fingerprint: Set(Uuid::nil()),
            details: Set(details::write(&details)?),
            contact: Set(details::write(&Contact::default())?),
            ..Default::default()
        })
    }
}

// === row to domain and back ===

impl Model {
    /// A row that cannot be read is a fault of the store.
    pub(crate) fn into_booking(self) -> Result<Booking, DbErr> {
        let details: Details = details::read(&self.details)?;
        let contact: Contact = details::read(&self.contact)?;
        Ok(Booking {
            id: BookingId(self.id),
            customer_id: CustomerId::new(&self.customer_id),
            fingerprint: self.fingerprint,
            item: details.item,
            fulfilment: details.fulfilment,
            contact,
            method: details.method,
            state: self.state.into(),
            holding: details.holding,
            title_id: self.title_id.map(TitleId),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            watched_at: self.watched_at,
            moved_by: details.moved_by,
            attempts: details.attempts,
            rejection: details.rejection,
            placed_at: self.created_at,
            updated_at: self.updated_at,
            next_step_at: self.next_step_at,
            version: self.version.unsigned_abs(),
            traceparent: details.traceparent,
        })
    }

    fn from_booking(booking: Booking) -> Result<Self, DbErr> {
        Ok(Self {
            id: booking.id.0,
            customer_id: booking.customer_id.as_str().to_owned(),
            state: booking.state.into(),
            showing_id: booking.item.showing_id().map(|id| id.0),
            title_id: booking.title_id.map(|id| id.0),
            starts_at: booking.starts_at,
            ends_at: booking.ends_at,
            watched_at: booking.watched_at,
            next_step_at: booking.next_step_at,
            fingerprint: booking.fingerprint,
            version: i64::try_from(booking.version).unwrap_or(i64::MAX),
            created_at: booking.placed_at,
            updated_at: booking.updated_at,
            contact: details::write(&booking.contact)?,
            details: details::write(&Details {
                item: booking.item,
                fulfilment: booking.fulfilment,
                method: booking.method,
                holding: booking.holding,
                moved_by: booking.moved_by,
                attempts: booking.attempts,
                rejection: booking.rejection,
                traceparent: booking.traceparent,
            })?,
        })
    }
}

impl From<StateColumn> for State {
    fn from(state: StateColumn) -> Self {
        match state {
            StateColumn::Placed => Self::Placed,
            StateColumn::AwaitingPayment => Self::AwaitingPayment,
            StateColumn::Confirmed => Self::Confirmed,
            StateColumn::Rejected => Self::Rejected,
            StateColumn::Expired => Self::Expired,
            StateColumn::Cancelling => Self::Cancelling,
            StateColumn::Cancelled => Self::Cancelled,
        }
    }
}

impl From<State> for StateColumn {
    fn from(state: State) -> Self {
        match state {
            State::Placed => Self::Placed,
            State::AwaitingPayment => Self::AwaitingPayment,
            State::Confirmed => Self::Confirmed,
            State::Rejected => Self::Rejected,
            State::Expired => Self::Expired,
            State::Cancelling => Self::Cancelling,
            State::Cancelled => Self::Cancelled,
        }
    }
}
