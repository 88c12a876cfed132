//! Table `showings`: what a showing is, and the counters everybody wants.

use std::collections::BTreeSet;
use std::sync::Arc;

use boxoffice_eventing::database;
use boxoffice_kernel::{Currency, Money, ShowingId, TitleId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::hall::layout_of;
use super::layout::Loaded;
use super::rows::Changes;
use crate::domain::{Admission, GENERAL, Prices, Showing, ShowingState, Slot};

pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "showings")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub title_id: Uuid,
        pub venue: String,
        pub start_at: ChronoDateTimeUtc,
        pub end_at: ChronoDateTimeUtc,
        pub state: State,
        /// `NULL`: general admission.
        pub layout_id: Option<Uuid>,
        pub capacity: i32,
        pub held: i32,
        pub sold: i32,
        /// JSON: grades and what one seat of each costs, in the currency's smallest unit.
        #[sea_orm(column_type = "Text")]
        pub prices: String,
        pub currency: String,
        pub version: i64,
        pub fingerprint: Uuid,
        pub created_at: ChronoDateTimeUtc,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
    pub(crate) enum State {
        #[sea_orm(string_value = "scheduled")]
        Scheduled,
        #[sea_orm(string_value = "cancelled")]
        Cancelled,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity, Model, State};

/// In id order, so that two transactions never wait for each other.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<ShowingId>,
) -> Result<Vec<Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::Id.is_in(database::keys(ids.iter().map(|id| id.0))))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await
}

pub(super) fn read_all(rows: Vec<Model>, layouts: &Loaded) -> Result<Vec<Showing>, DbErr> {
    rows.into_iter().map(|row| read(row, layouts)).collect()
}

/// Only what can change is updated; the rest is as it was scheduled, for good.
pub(super) async fn save(tx: &DatabaseTransaction, changes: Changes<Showing>) -> Result<(), DbErr> {
    let update = OnConflict::column(Column::Id)
        .update_columns([
            Column::StartAt,
            Column::EndAt,
            Column::State,
            Column::Held,
            Column::Sold,
            Column::Version,
        ])
        .to_owned();
    changes.save::<Entity>(tx, Model::from, update).await
}

// === row to domain and back ===

/// The showing, whose layout is in `layouts` if it has one.
pub(crate) fn read(row: Model, layouts: &Loaded) -> Result<Showing, DbErr> {
    let unsound = |problem: String| DbErr::Type(format!("showing {}: {problem}", row.id));
    let currency: Currency = row.currency.parse().map_err(|_| unsound(row.currency.clone()))?;
    let prices: Vec<(String, i64)> =
        serde_json::from_str(&row.prices).map_err(|error| DbErr::Json(error.to_string()))?;
    let prices = prices
        .into_iter()
        .map(|(grade, minor)| Ok((grade, Money::from_minor(minor, currency)?)))
        .collect::<Result<Vec<_>, boxoffice_kernel::money::Unsound>>()
        .map_err(|error| unsound(error.to_string()))?;
    let prices = Prices::new(prices).map_err(|flaw| unsound(flaw.to_string()))?;
    let admission = match row.layout_id {
        Some(id) => {
            Admission::SeatMap { layout: layout_of(id, layouts)?, prices: Arc::new(prices) }
        }
        None => Admission::General {
            capacity: row.capacity.cast_unsigned(),
            price: prices.of(GENERAL).ok_or_else(|| unsound("no price".to_owned()))?,
        },
    };
    let slot = Slot::new(row.start_at, row.end_at).map_err(|flaw| unsound(flaw.to_string()))?;
    Ok(Showing {
        id: ShowingId(row.id),
        title_id: TitleId(row.title_id),
        venue: row.venue,
        slot,
        state: row.state.into(),
        admission,
        held: row.held.cast_unsigned(),
        sold: row.sold.cast_unsigned(),
        version: row.version.cast_unsigned(),
        fingerprint: row.fingerprint,
        created_at: row.created_at,
    })
}

impl From<Showing> for Model {
    fn from(showing: Showing) -> Self {
        let prices = showing.admission.prices();
        let currency = prices.first().map_or(Currency::Krw, |(_, price)| price.currency());
        let minor: Vec<_> = prices.iter().map(|(grade, price)| (grade, price.minor())).collect();
        Self {
            id: showing.id.0,
            title_id: showing.title_id.0,
            start_at: showing.slot.start(),
            end_at: showing.slot.end(),
            state: showing.state.into(),
            layout_id: showing.admission.layout().map(|layout| layout.id().0),
            capacity: showing.admission.capacity().cast_signed(),
            held: showing.held.cast_signed(),
            sold: showing.sold.cast_signed(),
            prices: serde_json::to_string(&minor).expect("grades and numbers are JSON"),
            currency: currency.code().to_owned(),
            version: showing.version.cast_signed(),
            fingerprint: showing.fingerprint,
            created_at: showing.created_at,
            venue: showing.venue,
        }
    }
}

impl From<State> for ShowingState {
    fn from(state: State) -> Self {
        match state {
            State::Scheduled => Self::Scheduled,
            State::Cancelled => Self::Cancelled,
        }
    }
}

impl From<ShowingState> for State {
    fn from(state: ShowingState) -> Self {
        match state {
            ShowingState::Scheduled => Self::Scheduled,
            ShowingState::Cancelled => Self::Cancelled,
        }
    }
}
