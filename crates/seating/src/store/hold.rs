//! Table `holds`: one row a booking that ever held, or may never hold, seats of a showing.

use std::collections::BTreeSet;

use boxoffice_eventing::database;
use boxoffice_kernel::{BookingId, Currency, Money, ShowingId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};

use super::rows::Changes;
use crate::domain::{Hold, HoldState, SeatName};

pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "holds")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub booking_id: Uuid,
        pub showing_id: Uuid,
        pub state: State,
        /// Names with commas between them, in the order asked; empty with general admission.
        #[sea_orm(column_type = "Text")]
        pub seats: String,
        pub quantity: i32,
        /// In the currency's smallest unit; `NULL` in a mark.
        pub amount: Option<i64>,
        pub currency: Option<String>,
        /// The booking's version that closed it.
        pub closed_by: Option<i64>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
    pub(crate) enum State {
        #[sea_orm(string_value = "held")]
        Held,
        #[sea_orm(string_value = "sold")]
        Sold,
        #[sea_orm(string_value = "released")]
        Released,
        #[sea_orm(string_value = "closed")]
        Closed,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity, Model, State};

/// Not locked: their showings are.
pub(super) async fn load(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<BookingId>,
) -> Result<Vec<Hold>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = database::keys(ids.iter().map(|id| id.0));
    let rows = Entity::find().filter(Column::BookingId.is_in(ids)).all(tx).await?;
    rows.into_iter().map(Hold::try_from).collect()
}

pub(super) async fn save(
    tx: &DatabaseTransaction,
    changes: Changes<(BookingId, Hold)>,
) -> Result<(), DbErr> {
    let update = OnConflict::column(Column::BookingId)
        .update_columns([Column::State, Column::ClosedBy])
        .to_owned();
    changes.save::<Entity>(tx, |(_, hold)| Model::from(hold), update).await
}

// === row to domain and back ===

impl TryFrom<Model> for Hold {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let amount = row.money()?;
        let by = row.closed_by.unwrap_or_default().cast_unsigned();
        Ok(Self {
            booking_id: BookingId(row.booking_id),
            showing_id: ShowingId(row.showing_id),
            seats: row
                .seats
                .split(',')
                .filter(|name| !name.is_empty())
                .map(SeatName::new)
                .collect(),
            quantity: row.quantity.cast_unsigned(),
            amount,
            state: match row.state {
                State::Held => HoldState::Held,
                State::Sold => HoldState::Sold,
                State::Released => HoldState::Released { by },
                State::Closed => HoldState::Closed { by },
            },
        })
    }
}

impl Model {
    /// What the seats cost together, if any were held.
    pub(crate) fn money(&self) -> Result<Option<Money>, DbErr> {
        let (Some(minor), Some(currency)) = (self.amount, &self.currency) else {
            return Ok(None);
        };
        let amount = currency.parse::<Currency>().and_then(|it| Money::from_minor(minor, it));
        let unsound = |error| DbErr::Type(format!("hold of {}: {error}", self.booking_id));
        amount.map(Some).map_err(unsound)
    }
}

impl From<Hold> for Model {
    fn from(hold: Hold) -> Self {
        let (state, closed_by) = match hold.state {
            HoldState::Held => (State::Held, None),
            HoldState::Sold => (State::Sold, None),
            HoldState::Released { by } => (State::Released, Some(by.cast_signed())),
            HoldState::Closed { by } => (State::Closed, Some(by.cast_signed())),
        };
        let names: Vec<&str> = hold.seats.iter().map(SeatName::as_str).collect();
        Self {
            booking_id: hold.booking_id.0,
            showing_id: hold.showing_id.0,
            state,
            seats: names.join(","),
            quantity: hold.quantity.cast_signed(),
            amount: hold.amount.map(Money::minor),
            currency: hold.amount.map(|amount| amount.currency().code().to_owned()),
            closed_by,
        }
    }
}
