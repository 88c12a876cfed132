//! Domain to wire.

use boxoffice_contracts::booking::v1 as pb;
use boxoffice_contracts::convert;
use boxoffice_contracts::page::{self, Page};
use boxoffice_kernel::CustomerId;

use super::parse::list_filters;
use crate::domain::{
    Attempt, BookedSeat, Booking, Contact, Fulfilment, Item, Outcome, Rejection, State,
};
use crate::queries::Cursor;

/// A booking with its last attempt to pay.
pub(crate) fn booking(booking: &Booking) -> pb::Booking {
    booking_with(booking, booking.attempt())
}

/// A booking with a certain attempt to pay.
pub(crate) fn booking_with(booking: &Booking, shown: Option<&Attempt>) -> pb::Booking {
    let holding = booking.holding.as_ref();
    pb::Booking {
        booking_id: booking.id.to_string(),
        customer_id: booking.customer_id.as_str().to_owned(),
        state: state(booking.state).into(),
        item: Some(item(&booking.item)),
        seats: holding.map(|it| it.seats.iter().map(seat).collect()).unwrap_or_default(),
        amount: holding.map(|it| convert::price(it.amount)),
        expire_time: holding.map(|it| convert::timestamp(it.expires_at)),
        payment: shown.map(attempt),
        rejection: booking.rejection.as_ref().map(rejection),
        fulfilment: fulfilment(booking.fulfilment).into(),
        contact: Some(contact(&booking.contact)),
        start_time: booking.starts_at.map(convert::timestamp),
        create_time: Some(convert::timestamp(booking.placed_at)),
        update_time: Some(convert::timestamp(booking.updated_at)),
        version: i64::try_from(booking.version).unwrap_or(i64::MAX),
    }
}

/// A page of a customer's bookings.
pub(super) fn page(
    bookings: &[Booking],
    customer: &CustomerId,
    page: &Page<Cursor>,
) -> pb::ListBookingsResponse {
    let full = bookings.len() as u64 == page.size;
    let last = bookings.last().filter(|_| full).map(|last| (last.placed_at, last.id.0));
    pb::ListBookingsResponse {
        bookings: bookings.iter().map(booking).collect(),
        next_page_token: last
            .map(|last: Cursor| page::token(&list_filters(customer), &last))
            .unwrap_or_default(),
    }
}

pub(crate) fn item(item: &Item) -> pb::booking::Item {
    match item {
        Item::Seats { showing_id, seats } => pb::booking::Item::Showing(pb::ShowingSeats {
            showing_id: showing_id.to_string(),
            seats: seats.iter().map(|seat| seat.0.clone()).collect(),
            quantity: 0,
        }),
        Item::Places { showing_id, quantity } => pb::booking::Item::Showing(pb::ShowingSeats {
            showing_id: showing_id.to_string(),
            seats: Vec::new(),
            quantity: i32::try_from(*quantity).unwrap_or(i32::MAX),
        }),
        Item::HomeMovie { title_id } => {
            pb::booking::Item::HomeMovie(pb::HomeMovie { title_id: title_id.to_string() })
        }
    }
}

pub(crate) fn rejection(rejection: &Rejection) -> pb::Rejection {
    let (reason, seats, provider_reason) = match rejection {
        Rejection::SeatsUnavailable { seats } => {
            let seats = seats.iter().map(|seat| seat.0.clone()).collect();
            (pb::RejectionReason::SeatsUnavailable, seats, String::new())
        }
        Rejection::PaymentDeclined { provider_reason } => {
            (pb::RejectionReason::PaymentDeclined, Vec::new(), provider_reason.clone())
        }
        Rejection::SeatingUnavailable => {
            (pb::RejectionReason::SeatingUnavailable, Vec::new(), String::new())
        }
        Rejection::NotForSale(_) => (pb::RejectionReason::NotForSale, Vec::new(), String::new()),
    };
    pb::Rejection { reason: reason.into(), seats, provider_reason }
}

pub(crate) fn fulfilment(fulfilment: Fulfilment) -> pb::Fulfilment {
    match fulfilment {
        Fulfilment::ETicket => pb::Fulfilment::ETicket,
        Fulfilment::Post => pb::Fulfilment::Post,
        Fulfilment::Stream => pb::Fulfilment::Stream,
    }
}

fn state(state: State) -> pb::BookingState {
    match state {
        State::Placed => pb::BookingState::Placed,
        State::AwaitingPayment => pb::BookingState::AwaitingPayment,
        State::Confirmed => pb::BookingState::Confirmed,
        State::Rejected => pb::BookingState::Rejected,
        State::Expired => pb::BookingState::Expired,
        State::Cancelling => pb::BookingState::Cancelling,
        State::Cancelled => pb::BookingState::Cancelled,
    }
}

fn seat(seat: &BookedSeat) -> pb::BookedSeat {
    pb::BookedSeat {
        seat: seat.seat.as_ref().map(|it| it.0.clone()).unwrap_or_default(),
        grade: seat.grade.clone(),
        price: Some(convert::price(seat.price)),
        quantity: i32::try_from(seat.quantity).unwrap_or(i32::MAX),
    }
}

fn attempt(attempt: &Attempt) -> pb::PaymentAttempt {
    let (state, provider_reason) = match &attempt.outcome {
        Outcome::Pending => (pb::PaymentState::Pending, String::new()),
        Outcome::Approved => (pb::PaymentState::Approved, String::new()),
        Outcome::Declined(reason) => (pb::PaymentState::Declined, reason.clone()),
    };
    pb::PaymentAttempt { payment_id: attempt.id.to_string(), state: state.into(), provider_reason }
}

/// As much of it as somebody needs for what they do, and no more.
pub(super) fn contact_for(purpose: pb::ContactPurpose, contact: &Contact) -> pb::Contact {
    let pb::Contact { name, phone, email, address, language } = self::contact(contact);
    match purpose {
        pb::ContactPurpose::Unspecified | pb::ContactPurpose::Notice => {
            pb::Contact { email, language, ..pb::Contact::default() }
        }
        pb::ContactPurpose::Parcel => {
            pb::Contact { name, phone, address, ..pb::Contact::default() }
        }
    }
}

fn contact(contact: &Contact) -> pb::Contact {
    pb::Contact {
        name: contact.name.clone(),
        phone: contact.phone.clone(),
        email: contact.email.clone(),
        address: contact.address.clone(),
        language: contact.language.clone(),
    }
}
