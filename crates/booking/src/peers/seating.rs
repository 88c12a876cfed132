//! Seating, as booking asks it: holds, and whether a showing is on sale at all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_contracts::google::r#type as google;
use boxoffice_contracts::seating::v1::hold_seats_response::Outcome;
use boxoffice_contracts::seating::v1::{
    GetShowingRequest, HeldSeats, HoldSeatsRequest, ShowingState,
};
use boxoffice_contracts::wkt::Timestamp;
use boxoffice_kernel::{BookingId, Money, ShowingId, Time};
use boxoffice_runtime::breaker::CallError;
use tonic::Code;

use super::{Hold, NoAnswer, Peers, reason};
use crate::domain::{BookedSeat, NotForSale, SeatName, Shown};

/// Showings remembered, at most.
const MOST: usize = 10_000;

/// Showings that were on sale when last seen. Only ever used to refuse early: the hold decides.
#[derive(Debug, Default)]
pub(super) struct Showings(Mutex<HashMap<ShowingId, Seen>>);

#[derive(Clone, Copy, Debug)]
struct Seen {
    starts_at: Time,
    numbered: bool,
}

// === impl Peers: seating ===

impl Peers {
    pub(super) async fn hold_seats(
        &self,
        booking_id: BookingId,
        showing_id: ShowingId,
        seats: Vec<String>,
        quantity: i32,
    ) -> Result<Hold, NoAnswer> {
        let request = HoldSeatsRequest {
            booking_id: booking_id.to_string(),
            showing_id: showing_id.to_string(),
            seats,
            quantity,
        };
        let mut holds = self.holds.clone();
        let call = async move { holds.hold_seats(request).await };
        match self.seating_breaker.call(self.deadline, call).await {
            Ok(response) => match response.outcome {
                Some(Outcome::Held(held)) => read_held(&held).map_err(|_| NoAnswer("seating")),
                Some(Outcome::Unavailable(taken)) => Ok(Hold::Taken { seats: taken.seats }),
                None => Err(NoAnswer("seating")),
            },
            Err(CallError::Status(status)) => match reason(&status).as_str() {
                "BOOKING_CLOSED" => Ok(Hold::Closed),
                known => known.parse().map(Hold::NotForSale).map_err(|_| NoAnswer("seating")),
            },
            Err(CallError::Open | CallError::Timeout) => Err(NoAnswer("seating")),
        }
    }

    pub(super) async fn showing_objection(
        &self,
        showing_id: ShowingId,
        by_name: bool,
        now: Time,
    ) -> Option<NotForSale> {
        let seen = match self.known.get(showing_id) {
            Some(seen) if seen.starts_at > now => seen,
            Some(_) | None => match self.look_up(showing_id).await {
                Ok(seen) => seen?,
                Err(objection) => return Some(objection),
            },
        };
        match (seen.numbered, by_name) {
            _ if seen.starts_at <= now => Some(NotForSale::ShowingStarted),
            (true, false) => Some(NotForSale::SeatsRequired),
            (false, true) => Some(NotForSale::QuantityRequired),
            (true, true) | (false, false) => None,
        }
    }

    /// `Ok(None)`: seating did not answer.
    async fn look_up(&self, showing_id: ShowingId) -> Result<Option<Seen>, NotForSale> {
        let request = GetShowingRequest { showing_id: showing_id.to_string() };
        let mut showings = self.showings.clone();
        let call = async move { showings.get_showing(request).await };
        let showing = match self.seating_breaker.call(self.deadline, call).await {
            Ok(response) => response.showing.unwrap_or_default(),
            Err(CallError::Status(status)) if status.code() == Code::NotFound => {
                return Err(NotForSale::ShowingNotFound);
            }
            Err(_) => return Ok(None),
        };
        if showing.state() == ShowingState::Cancelled {
            return Err(NotForSale::ShowingCancelled);
        }
        let Ok(starts_at) = read_time("start_time", showing.start_time) else {
            return Ok(None);
        };
        let seen = Seen { starts_at, numbered: showing.seat_map };
        self.known.note(showing_id, seen);
        Ok(Some(seen))
    }
}

fn read_held(held: &HeldSeats) -> Result<Hold, Malformed> {
    let seats = held.seats.iter().map(|held| {
        Ok(BookedSeat {
            seat: (!held.seat.is_empty()).then(|| SeatName(held.seat.clone())),
            grade: held.grade.clone(),
            price: read_money(held.price.as_ref())?,
            quantity: held.quantity.unsigned_abs(),
        })
    });
    Ok(Hold::Held {
        seats: seats.collect::<Result<_, Malformed>>()?,
        amount: read_money(held.amount.as_ref())?,
        shown: Some(Shown {
            title_id: convert::id("title_id", &held.title_id)?,
            starts_at: read_time("start_time", held.start_time)?,
            ends_at: read_time("end_time", held.end_time)?,
        }),
    })
}

fn read_money(money: Option<&google::Money>) -> Result<Money, Malformed> {
    convert::money("amount", convert::required("amount", money)?)
}

fn read_time(field: &str, time: Option<Timestamp>) -> Result<Time, Malformed> {
    convert::time(field, convert::required(field, time)?)
}

// === impl Showings ===

impl Showings {
    fn get(&self, id: ShowingId) -> Option<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    fn note(&self, id: ShowingId, seen: Seen) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(id, seen);
    }
}
