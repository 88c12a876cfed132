//! What a showing's seat map looks like, and how it is brought up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use boxoffice_kernel::{Money, ShowingId};
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoCondition as _};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect,
    RelationDef,
};

use crate::Error;
use crate::domain::{Admission, Place, SeatName, Showing, Slot};
use crate::queries::Reads;
use crate::store::{seat_row, showing_row};

/// A showing and its seats, as of one version.
#[derive(Clone, Debug)]
pub struct Board {
    showing: Showing,
    /// Seats that were held at least once; all others are free, or blocked.
    taken: BTreeMap<SeatName, (SeatState, u64)>,
    /// The same, by the version at which they last changed.
    by_version: BTreeSet<(u64, SeatName)>,
}

/// What anybody may know of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatState {
    /// May be held.
    Free,
    /// Held for a booking that is not paid yet.
    Held,
    /// Belongs to a confirmed booking.
    Sold,
    /// Never on sale.
    Blocked,
}

/// One seat of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    /// Where it is.
    pub place: Place<'a>,
    /// What it costs.
    pub price: Money,
    /// Who has it.
    pub state: SeatState,
}

/// What may have changed of a showing, beside a seat that did; `seat` is `None` if none did.
#[derive(Debug, FromQueryResult)]
struct Line {
    start_at: boxoffice_kernel::Time,
    end_at: boxoffice_kernel::Time,
    state: showing_row::State,
    held: i32,
    sold: i32,
    version: i64,
    seat: Option<String>,
    seat_state: Option<seat_row::State>,
    seat_version: Option<i64>,
}

// === impl Board ===

impl Board {
    /// Reads the whole of it.
    pub async fn read(reads: &Reads, id: ShowingId) -> Result<Self, Error> {
        let showing = reads.showing(id).await?;
        let mut board = Self { showing, taken: BTreeMap::new(), by_version: BTreeSet::new() };
        let changes = Changes::since(reads, id, 0).await?;
        board.apply(changes)?;
        Ok(board)
    }

    /// The showing with its counts.
    pub fn showing(&self) -> &Showing {
        &self.showing
    }

    /// What it is as of.
    pub fn version(&self) -> u64 {
        self.showing.version
    }

    /// Every seat, front to back; none with general admission.
    pub fn seats(&self) -> Vec<Shown<'_>> {
        let Admission::SeatMap { layout, .. } = &self.showing.admission else { return Vec::new() };
        layout.places().filter_map(|place| self.shown(place)).collect()
    }

    /// Those that changed after `version`.
    pub fn seats_since(&self, version: u64) -> Vec<Shown<'_>> {
        let Admission::SeatMap { layout, .. } = &self.showing.admission else { return Vec::new() };
        let after = Bound::Included((version + 1, SeatName::new("")));
        let changed = self.by_version.range((after, Bound::Unbounded));
        changed.filter_map(|(_, name)| self.shown(layout.place(name)?)).collect()
    }

    fn shown<'a>(&'a self, place: Place<'a>) -> Option<Shown<'a>> {
        let Admission::SeatMap { prices, .. } = &self.showing.admission else { return None };
        let state = match self.taken.get(&place.name()) {
            _ if place.blocked() => SeatState::Blocked,
            Some((state, _)) => *state,
            None => SeatState::Free,
        };
        Some(Shown { place, price: prices.of_place(place)?, state })
    }

    /// Takes in what [`Changes::since`] found.
    pub(super) fn apply(&mut self, changes: Changes) -> Result<(), DbErr> {
        for line in changes.0 {
            let slot = Slot::new(line.start_at, line.end_at);
            self.showing.slot = slot.map_err(|flaw| DbErr::Type(flaw.to_string()))?;
            self.showing.state = line.state.into();
            self.showing.held = line.held.cast_unsigned();
            self.showing.sold = line.sold.cast_unsigned();
            self.showing.version = line.version.cast_unsigned();
            let (Some(seat), Some(state), Some(version)) =
                (line.seat, line.seat_state, line.seat_version)
            else {
                continue;
            };
            let (name, version) = (SeatName::new(&seat), version.cast_unsigned());
            if let Some((_, before)) = self.taken.insert(name.clone(), (state.into(), version)) {
                self.by_version.remove(&(before, name.clone()));
            }
            self.by_version.insert((version, name));
        }
        Ok(())
    }
}

/// What changed of a showing and its seats.
#[derive(Debug)]
pub(super) struct Changes(Vec<Line>);

// === impl Changes ===

impl Changes {
    /// Changes after `version`. One statement, so that counts, seats and version are of one moment.
    pub(super) async fn since(reads: &Reads, id: ShowingId, version: u64) -> Result<Self, DbErr> {
        let lines = showing_row::Entity::find()
            .select_only()
            .columns([
                showing_row::Column::StartAt,
                showing_row::Column::EndAt,
                showing_row::Column::State,
                showing_row::Column::Held,
                showing_row::Column::Sold,
                showing_row::Column::Version,
            ])
            .column_as(seat_row::Column::Seat, "seat")
            .column_as(seat_row::Column::State, "seat_state")
            .column_as(seat_row::Column::Version, "seat_version")
            .join(JoinType::LeftJoin, seats_after(version.cast_signed()))
            .filter(showing_row::Column::Id.eq(id.0))
            .into_model::<Line>()
            .all(&reads.db)
            .await?;
        Ok(Self(lines))
    }
}

fn seats_after(version: i64) -> RelationDef {
    let seats: RelationDef = showing_row::Entity::belongs_to(seat_row::Entity)
        .from(showing_row::Column::Id)
        .to(seat_row::Column::ShowingId)
        .into();
    seats.on_condition(move |_, seats| {
        Expr::col((seats, seat_row::Column::Version)).gt(version).into_condition()
    })
}

// === row to view ===

impl From<seat_row::State> for SeatState {
    fn from(state: seat_row::State) -> Self {
        match state {
            seat_row::State::Free => Self::Free,
            seat_row::State::Held => Self::Held,
            seat_row::State::Sold => Self::Sold,
        }
    }
}
