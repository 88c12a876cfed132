//! Table `seats`: one row a seat that was held at least once. Its key is what no two bookings can have.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_kernel::{BookingId, ShowingId};
use sea_orm::sea_query::{ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};

use super::rows::{Changes, PARAMETERS};
use crate::domain::{Claim, Seat, SeatName};

pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "seats")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub showing_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub seat: String,
        pub state: State,
        /// `NULL`: free.
        pub booking_id: Option<Uuid>,
        /// The showing's version when this changed: what a watcher goes by.
        pub version: i64,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
    pub(crate) enum State {
        #[sea_orm(string_value = "free")]
        Free,
        #[sea_orm(string_value = "held")]
        Held,
        #[sea_orm(string_value = "sold")]
        Sold,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity, Model, State};

type Names = BTreeMap<ShowingId, BTreeSet<SeatName>>;
type Seats = BTreeMap<ShowingId, BTreeMap<SeatName, Seat>>;

/// Not locked: their showings are. One statement, unless thousands of seats are asked for at once.
pub(super) async fn load(tx: &DatabaseTransaction, names: &Names) -> Result<Seats, DbErr> {
    let mut seats = Seats::new();
    for these in statements(names) {
        for row in Entity::find().filter(these).all(tx).await? {
            let (showing_id, name) = (ShowingId(row.showing_id), SeatName::new(&row.seat));
            let seat = Seat { claim: row.claim()?, version: row.version.cast_unsigned() };
            seats.entry(showing_id).or_default().insert(name, seat);
        }
    }
    Ok(seats)
}

/// Showing by showing, as many seats as fit into one statement.
fn statements(names: &Names) -> Vec<Condition> {
    let mut statements = Vec::new();
    let (mut these, mut room) = (Condition::any(), PARAMETERS);
    for (showing_id, names) in names {
        let names: Vec<&str> = names.iter().map(SeatName::as_str).collect();
        for some in names.chunks(PARAMETERS / 2) {
            if some.len() + 1 > room {
                statements.push(std::mem::replace(&mut these, Condition::any()));
                room = PARAMETERS;
            }
            room -= some.len() + 1;
            let of_showing = Column::ShowingId.eq(showing_id.0);
            these = these.add(of_showing.and(Column::Seat.is_in(some.iter().copied())));
        }
    }
    if !these.is_empty() {
        statements.push(these);
    }
    statements
}

pub(super) async fn save(
    tx: &DatabaseTransaction,
    changes: Changes<(ShowingId, SeatName, Seat)>,
) -> Result<(), DbErr> {
    let update = OnConflict::columns([Column::ShowingId, Column::Seat])
        .update_columns([Column::State, Column::BookingId, Column::Version])
        .to_owned();
    changes.save::<Entity>(tx, Model::from, update).await
}

// === row to domain and back ===

impl Model {
    fn claim(&self) -> Result<Claim, DbErr> {
        match (self.state, self.booking_id.map(BookingId)) {
            (State::Free, None) => Ok(Claim::Free),
            (State::Held, Some(booking_id)) => Ok(Claim::Held(booking_id)),
            (State::Sold, Some(booking_id)) => Ok(Claim::Sold(booking_id)),
            (State::Free, Some(_)) | (State::Held | State::Sold, None) => {
                let (showing, seat) = (self.showing_id, &self.seat);
                Err(DbErr::Type(format!("seat {seat} of showing {showing} contradicts itself")))
            }
        }
    }
}

impl From<(ShowingId, SeatName, Seat)> for Model {
    fn from((showing_id, name, seat): (ShowingId, SeatName, Seat)) -> Self {
        Self {
            showing_id: showing_id.0,
            seat: name.as_str().to_owned(),
            state: match seat.claim {
                Claim::Free => State::Free,
                Claim::Held(_) => State::Held,
                Claim::Sold(_) => State::Sold,
            },
            booking_id: seat.claim.booking_id().map(|id| id.0),
            version: seat.version.cast_signed(),
        }
    }
}
