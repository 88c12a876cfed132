//! Domain to wire.

use boxoffice_contracts::convert::{price, timestamp};
use boxoffice_contracts::page;
use boxoffice_contracts::seating::v1 as pb;
use boxoffice_contracts::seating::v1::hold_seats_response::Outcome as Answer;

use super::parse;
use crate::domain::{
    Admission, Hall, HeldSeat, HeldSeats, Outcome, Row, SeatName, Showing, ShowingState,
    Unavailable,
};
use crate::queries::Showings;
use crate::seat_map::{Board, Look, ResumeToken, SeatState, Shown};

pub(super) fn hall(hall: &Hall) -> pb::Hall {
    pb::Hall {
        hall_id: hall.id.to_string(),
        name: hall.name.clone(),
        rows: hall.layout.rows().iter().map(row).collect(),
    }
}

fn row(row: &Row) -> pb::Row {
    pb::Row {
        label: row.label.clone(),
        seats: row.seats.cast_signed(),
        grade: row.grade.clone(),
        blocked: row.blocked.iter().map(|number| number.cast_signed()).collect(),
        accessible: row.accessible.iter().map(|number| number.cast_signed()).collect(),
        curve: row.curve.cast_signed(),
    }
}

pub(super) fn showing(showing: &Showing) -> pb::Showing {
    let prices = showing.admission.prices().into_iter();
    pb::Showing {
        showing_id: showing.id.to_string(),
        title_id: showing.title_id.to_string(),
        venue: showing.venue.clone(),
        start_time: Some(timestamp(showing.slot.start())),
        end_time: Some(timestamp(showing.slot.end())),
        state: showing_state(showing.state).into(),
        seat_map: match showing.admission {
            Admission::General { .. } => false,
            Admission::SeatMap { .. } => true,
        },
        prices: prices
            .map(|(grade, it)| pb::GradePrice { grade: grade.to_owned(), price: Some(price(it)) })
            .collect(),
        capacity: showing.admission.capacity().cast_signed(),
        seats_left: showing.seats_left().cast_signed(),
        seats_held: showing.held.cast_signed(),
        seats_sold: showing.sold.cast_signed(),
    }
}

fn showing_state(state: ShowingState) -> pb::ShowingState {
    match state {
        ShowingState::Scheduled => pb::ShowingState::Scheduled,
        ShowingState::Cancelled => pb::ShowingState::Cancelled,
    }
}

pub(super) fn showings(
    request: &pb::ListShowingsRequest,
    page: &Showings,
) -> pb::ListShowingsResponse {
    let token = page.next.map(|cursor| page::token(&parse::filters(request), &cursor));
    pb::ListShowingsResponse {
        showings: page.showings.iter().map(showing).collect(),
        next_page_token: token.unwrap_or_default(),
    }
}

pub(super) fn seat_map(board: &Board) -> pb::GetSeatMapResponse {
    pb::GetSeatMapResponse {
        showing: Some(showing(board.showing())),
        seats: board.seats().iter().map(seat).collect(),
        resume_token: resume_token(board),
    }
}

pub(super) fn update(look: &Look) -> pb::WatchSeatMapResponse {
    let board = &look.board;
    let seats = look.since.map_or_else(|| board.seats(), |since| board.seats_since(since));
    pb::WatchSeatMapResponse {
        showing: Some(showing(board.showing())),
        seats: seats.iter().map(seat).collect(),
        resume_token: resume_token(board),
    }
}

fn resume_token(board: &Board) -> String {
    ResumeToken { showing_id: board.showing().id, version: board.version() }.encode()
}

fn seat(shown: &Shown<'_>) -> pb::Seat {
    let place = shown.place;
    pb::Seat {
        seat: place.name().to_string(),
        row: place.row.label.clone(),
        number: place.number.cast_signed(),
        grade: place.row.grade.clone(),
        price: Some(price(shown.price)),
        accessible: place.accessible(),
        state: seat_state(shown.state).into(),
        curve: place.row.curve.cast_signed(),
    }
}

fn seat_state(state: SeatState) -> pb::SeatState {
    match state {
        SeatState::Free => pb::SeatState::Free,
        SeatState::Held => pb::SeatState::Held,
        SeatState::Sold => pb::SeatState::Sold,
        SeatState::Blocked => pb::SeatState::Blocked,
    }
}

pub(super) fn outcome(outcome: Outcome) -> pb::HoldSeatsResponse {
    let answer = match outcome {
        Outcome::Held(seats) => Answer::Held(held(seats)),
        Outcome::Unavailable(Unavailable { seats, seats_left }) => {
            Answer::Unavailable(pb::SeatsUnavailable {
                seats: seats.iter().map(SeatName::to_string).collect(),
                seats_left: seats_left.cast_signed(),
            })
        }
    };
    pb::HoldSeatsResponse { outcome: Some(answer) }
}

fn held(held: HeldSeats) -> pb::HeldSeats {
    pb::HeldSeats {
        seats: held.items.into_iter().map(held_seat).collect(),
        amount: Some(price(held.amount)),
        title_id: held.title_id.to_string(),
        start_time: Some(timestamp(held.slot.start())),
        end_time: Some(timestamp(held.slot.end())),
    }
}

fn held_seat(item: HeldSeat) -> pb::HeldSeat {
    pb::HeldSeat {
        seat: item.seat.map(|name| name.to_string()).unwrap_or_default(),
        grade: item.grade,
        price: Some(price(item.price)),
        quantity: item.quantity.cast_signed(),
    }
}
