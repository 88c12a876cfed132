//! What `boxoffice audit` reads of seating, and what must hold within it (invariant 1).

use std::collections::BTreeMap;
use std::fmt;

use boxoffice_kernel::{BookingId, Money, ShowingId};
use sea_orm::{
    AccessMode, DatabaseConnection, DbBackend, DbErr, EntityTrait, IsolationLevel, QueryOrder,
    TransactionTrait,
};

use crate::store::{hold_row, seat_row, showing_row};

/// A showing's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShowingRow {
    /// Which.
    pub showing_id: ShowingId,
    /// Seats on sale.
    pub capacity: u32,
    /// As counted.
    pub held: u32,
    /// As counted.
    pub sold: u32,
    /// Whether it will not take place.
    pub cancelled: bool,
}

/// What one booking has, or had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRow {
    /// Whose.
    pub booking_id: BookingId,
    /// Of which showing.
    pub showing_id: ShowingId,
    /// Where it stands.
    pub state: HoldState,
    /// Which; none with general admission.
    pub seats: Vec<String>,
    /// How many.
    pub quantity: u32,
    /// What they cost together; `None` for a mark.
    pub amount: Option<Money>,
}

/// Where a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// For a booking that is not paid yet.
    Held,
    /// For a confirmed booking.
    Sold,
    /// Not any more.
    Released,
    /// Never, and never may: a mark.
    Closed,
}

/// A seat that somebody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatRow {
    /// Of which showing.
    pub showing_id: ShowingId,
    /// Its name.
    pub seat: String,
    /// Who has it.
    pub booking_id: BookingId,
    /// Whether it is sold; else it is held.
    pub sold: bool,
}

/// All of seating, as of one moment.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// By id.
    pub showings: Vec<ShowingRow>,
    /// By booking.
    pub holds: Vec<HoldRow>,
    /// By showing and name; free ones are left out.
    pub seats: Vec<SeatRow>,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In which showing.
    pub showing_id: ShowingId,
    /// What is wrong.
    pub problem: String,
}

/// What this booking has, or had.
pub async fn hold(db: &DatabaseConnection, id: BookingId) -> Result<Option<HoldRow>, DbErr> {
    let row = hold_row::Entity::find_by_id(id.0).one(db).await?;
    row.map(HoldRow::try_from).transpose()
}

// === impl Books ===

impl Books {
    /// Reads everything, in one transaction.
    pub async fn read(db: &DatabaseConnection) -> Result<Self, DbErr> {
        let tx = if db.get_database_backend() == DbBackend::Sqlite {
            db.begin().await? // it reads a snapshot anyway, and knows no levels
        } else {
            let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
            db.begin_with_config(Some(level), Some(mode)).await?
        };
        let showings = showing_row::Entity::find().order_by_asc(showing_row::Column::Id);
        let holds = hold_row::Entity::find().order_by_asc(hold_row::Column::BookingId);
        let seats = seat_row::Entity::find()
            .order_by_asc(seat_row::Column::ShowingId)
            .order_by_asc(seat_row::Column::Seat);
        let books = Self {
            showings: showings.all(&tx).await?.into_iter().map(ShowingRow::from).collect(),
            holds: holds
                .all(&tx)
                .await?
                .into_iter()
                .map(HoldRow::try_from)
                .collect::<Result<_, _>>()?,
            seats: seats.all(&tx).await?.into_iter().filter_map(SeatRow::taken).collect(),
        };
        tx.commit().await?;
        Ok(books)
    }

    /// What does not fit together: counters and holds, holds and seats, and more than there is.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut sums: BTreeMap<ShowingId, (u32, u32)> = BTreeMap::new();
        let mut claimed: BTreeMap<(ShowingId, &str), (BookingId, bool)> = BTreeMap::new();
        for hold in &self.holds {
            let sold = match hold.state {
                HoldState::Released | HoldState::Closed => continue,
                HoldState::Held => false,
                HoldState::Sold => true,
            };
            let (held_sum, sold_sum) = sums.entry(hold.showing_id).or_default();
            *(if sold { sold_sum } else { held_sum }) += hold.quantity;
            for seat in &hold.seats {
                let key = (hold.showing_id, seat.as_str());
                if let Some((other, _)) = claimed.insert(key, (hold.booking_id, sold)) {
                    let booking = hold.booking_id;
                    let problem = format!("seat {seat} belongs to bookings {other} and {booking}");
                    findings.push(Finding { showing_id: hold.showing_id, problem });
                }
            }
        }
        self.compare_counters(&mut sums, &mut findings);
        self.compare_seats(claimed, &mut findings);
        findings
    }

    fn compare_counters(
        &self,
        sums: &mut BTreeMap<ShowingId, (u32, u32)>,
        findings: &mut Vec<Finding>,
    ) {
        for showing in &self.showings {
            let ShowingRow { showing_id, capacity, held, sold, .. } = *showing;
            let (held_sum, sold_sum) = sums.remove(&showing_id).unwrap_or_default();
            if held + sold > capacity {
                let problem = format!("{held} held and {sold} sold of {capacity} seats");
                findings.push(Finding { showing_id, problem });
            }
            if (held, sold) != (held_sum, sold_sum) {
                let problem = format!(
                    "counts {held} held and {sold} sold, its holds {held_sum} and {sold_sum}"
                );
                findings.push(Finding { showing_id, problem });
            }
        }
        for (showing_id, _) in std::mem::take(sums) {
            let problem = "has holds and does not exist".to_owned();
            findings.push(Finding { showing_id, problem });
        }
    }

    fn compare_seats<'a>(
        &'a self,
        mut claimed: BTreeMap<(ShowingId, &'a str), (BookingId, bool)>,
        findings: &mut Vec<Finding>,
    ) {
        for row in &self.seats {
            let SeatRow { showing_id, seat, booking_id, sold } = row;
            if claimed.remove(&(*showing_id, seat.as_str())) != Some((*booking_id, *sold)) {
                let problem = format!("seat {seat} is not of a hold of booking {booking_id}");
                findings.push(Finding { showing_id: *showing_id, problem });
            }
        }
        for ((showing_id, seat), (booking_id, _)) in claimed {
            let problem = format!("seat {seat} of booking {booking_id} is not taken");
            findings.push(Finding { showing_id, problem });
        }
    }
}

// === impl Finding ===

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "showing {}: {}", self.showing_id, self.problem)
    }
}

// === rows ===

impl From<showing_row::Model> for ShowingRow {
    fn from(row: showing_row::Model) -> Self {
        Self {
            showing_id: ShowingId(row.id),
            capacity: row.capacity.cast_unsigned(),
            held: row.held.cast_unsigned(),
            sold: row.sold.cast_unsigned(),
            cancelled: match row.state {
                showing_row::State::Scheduled => false,
                showing_row::State::Cancelled => true,
            },
        }
    }
}

impl TryFrom<hold_row::Model> for HoldRow {
    type Error = DbErr;

    fn try_from(row: hold_row::Model) -> Result<Self, DbErr> {
        let amount = row.money()?;
        let seats = row.seats.split(',').filter(|name| !name.is_empty());
        Ok(Self {
            booking_id: BookingId(row.booking_id),
            showing_id: ShowingId(row.showing_id),
            state: match row.state {
                hold_row::State::Held => HoldState::Held,
                hold_row::State::Sold => HoldState::Sold,
                hold_row::State::Released => HoldState::Released,
                hold_row::State::Closed => HoldState::Closed,
            },
            seats: seats.map(str::to_owned).collect(),
            quantity: row.quantity.cast_unsigned(),
            amount,
        })
    }
}

impl SeatRow {
    fn taken(row: seat_row::Model) -> Option<Self> {
        let sold = match row.state {
            seat_row::State::Free => return None,
            seat_row::State::Held => false,
            seat_row::State::Sold => true,
        };
        Some(Self {
            showing_id: ShowingId(row.showing_id),
            seat: row.seat,
            booking_id: BookingId(row.booking_id.unwrap_or_default()),
            sold,
        })
    }
}
