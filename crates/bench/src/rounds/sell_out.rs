//! More callers than seats: exactly as many are sold as there are.

use std::fmt;

use anyhow::Result;
use boxoffice_contracts::booking::v1::{BookingState, PlaceBookingRequest};
use futures::future::join_all;

use crate::bed::Bed;
use crate::callers::Callers;
use crate::programme::{Office, named, places};
use crate::stores::Stores;

/// What became of two showings that too many people wanted.
#[derive(Clone, Debug)]
pub(crate) struct SellOut {
    /// Of general admission, by the showing's own count.
    places: u64,
    /// Seats with a row that says sold.
    seats: u64,
    /// The same by the showing's own count.
    counted: u64,
    /// What callers were told they have: places, and seats.
    told: (u64, u64),
}

const CALLERS: usize = 128;
const PLACES: i32 = 2_000;
const ROWS: i32 = 20;
const SEATS: i32 = 1_000;
/// Everybody wants two seats; the next one wants one of these and another.
const SHARED: i32 = 2;

// === impl SellOut ===

impl SellOut {
    /// Sells out general admission, and a seat map that is asked for in pairs that overlap.
    pub(crate) async fn of(bed: &Bed, callers: &Callers, stores: &Stores) -> Result<Self> {
        let office = Office::open(bed)?;
        let general = office.general(PLACES).await?;
        let map = office.seat_map(ROWS).await?;

        let wishes = (0..PLACES * 3 / 2).map(|_| places(&general, 1));
        let places = confirmed(callers, wishes.collect()).await;
        let pairs = (0..SHARED).flat_map(|_| (0..SEATS - 1).map(|first| named(&map, first, 2)));
        let pairs = confirmed(callers, pairs.collect()).await;
        stores.rest().await?;
        Ok(Self {
            places: stores.sold(&general).await?,
            seats: stores.sold_seats(&map).await?,
            counted: stores.sold(&map).await?,
            told: (places, 2 * pairs),
        })
    }

    /// All places are sold, and nobody was told that they have what they have not.
    pub(crate) fn is_exact(&self) -> bool {
        self.places == u64::from(PLACES.unsigned_abs())
            && self.seats == self.counted
            && self.seats <= u64::from(SEATS.unsigned_abs())
            && self.told.0 <= self.places
            && self.told.1 <= self.seats
    }
}

/// Callers take wish after wish; how many came true.
async fn confirmed(callers: &Callers, wishes: Vec<PlaceBookingRequest>) -> u64 {
    let caller = async |number: usize| {
        let mut confirmed = 0;
        for wish in wishes.iter().skip(number).step_by(CALLERS) {
            let answer = callers.place(number, wish.clone()).await;
            confirmed += u64::from(answer == BookingState::Confirmed.as_str_name());
        }
        confirmed
    };
    join_all((0..CALLERS).map(caller)).await.into_iter().sum()
}

impl fmt::Display for SellOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { places, seats, counted, told } = self;
        write!(f, "sold out: {places} of {PLACES} places, {seats} of {SEATS} seats")?;
        if self.is_exact() {
            return Ok(());
        }
        write!(f, " — WRONG: counted {counted} seats, callers were told {told:?}")
    }
}
