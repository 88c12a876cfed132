//! What booking says.

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::convert;
use boxoffice_eventing::Message;
use boxoffice_kernel::CustomerId;
use prost::{Message as _, Name as _};

use super::{clean, id_or_none, quantity, record};
use crate::Error;
use crate::commands::Command;
use crate::domain::{BookingStatus, Fact, Item};

/// Characters of a seat's name, at most.
const SEAT: usize = 16;

pub(super) fn on_booking(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    if name == booking::BookingPlaced::full_name() {
        placed(message)
    } else if name == booking::PaymentRequested::full_name() {
        payment_requested(message)
    } else if name == booking::BookingConfirmed::full_name() {
        confirmed(message)
    } else if name == booking::BookingRejected::full_name() {
        let said = booking::BookingRejected::decode(&*message.payload)?;
        let reason = said.rejection.as_ref().map(why).unwrap_or_default();
        let fact = ended(&said.customer_id, BookingStatus::Rejected, &said.showing_id)?;
        record(message, &said.booking_id, fact, &reason)
    } else if name == booking::BookingExpired::full_name() {
        let said = booking::BookingExpired::decode(&*message.payload)?;
        let fact = ended(&said.customer_id, BookingStatus::Expired, &said.showing_id)?;
        record(message, &said.booking_id, fact, "")
    } else if name == booking::BookingCancelled::full_name() {
        let said = booking::BookingCancelled::decode(&*message.payload)?;
        let fact = ended(&said.customer_id, BookingStatus::Cancelled, &said.showing_id)?;
        let reason = if said.showing_cancelled { "showing_cancelled" } else { "" };
        record(message, &said.booking_id, fact, reason)
    } else if name == booking::BookingRescheduled::full_name() {
        rescheduled(message)
    } else {
        Ok(None)
    }
}

fn placed(message: &Message) -> Result<Option<Command>, Error> {
    let said = booking::BookingPlaced::decode(&*message.payload)?;
    let item = match convert::required("item", said.item)? {
        booking::booking_placed::Item::Showing(it) => showing(it)?,
        booking::booking_placed::Item::HomeMovie(it) => home_movie(&it)?,
    };
    let fact = Fact::Placed { customer_id: CustomerId::new(&said.customer_id), item };
    record(message, &said.booking_id, fact, "")
}

fn payment_requested(message: &Message) -> Result<Option<Command>, Error> {
    let said = booking::PaymentRequested::decode(&*message.payload)?;
    let amount = convert::required("amount", said.amount)?;
    let fact = Fact::PaymentRequested {
        customer_id: CustomerId::new(&said.customer_id),
        payment_id: convert::id("payment_id", &said.payment_id)?,
        amount: convert::money("amount", &amount)?,
    };
    record(message, &said.booking_id, fact, "")
}

fn confirmed(message: &Message) -> Result<Option<Command>, Error> {
    let said = booking::BookingConfirmed::decode(&*message.payload)?;
    let item = match convert::required("item", said.item)? {
        booking::booking_confirmed::Item::Showing(it) => showing(it)?,
        booking::booking_confirmed::Item::HomeMovie(it) => home_movie(&it)?,
    };
    let amount = convert::required("amount", said.amount)?;
    let starts_at = said.start_time.map(|time| convert::time("start_time", time)).transpose()?;
    let fact = Fact::Confirmed {
        customer_id: CustomerId::new(&said.customer_id),
        item,
        amount: convert::money("amount", &amount)?,
        starts_at,
        title_id: id_or_none("title_id", &said.title_id)?,
    };
    record(message, &said.booking_id, fact, "")
}

fn rescheduled(message: &Message) -> Result<Option<Command>, Error> {
    let said = booking::BookingRescheduled::decode(&*message.payload)?;
    let starts_at = convert::required("start_time", said.start_time)?;
    let fact = Fact::Rescheduled {
        customer_id: CustomerId::new(&said.customer_id),
        showing_id: convert::id("showing_id", &said.showing_id)?,
        starts_at: convert::time("start_time", starts_at)?,
    };
    record(message, &said.booking_id, fact, "")
}

fn ended(customer_id: &str, status: BookingStatus, showing_id: &str) -> Result<Fact, Error> {
    let showing_id = id_or_none("showing_id", showing_id)?;
    Ok(Fact::Ended { customer_id: CustomerId::new(customer_id), status, showing_id })
}

/// The provider's own words, or ours: `seats_unavailable`.
fn why(rejection: &booking::Rejection) -> String {
    if rejection.provider_reason.is_empty() {
        let name = rejection.reason().as_str_name();
        name.trim_start_matches("REJECTION_REASON_").to_lowercase()
    } else {
        rejection.provider_reason.clone()
    }
}

fn showing(said: booking::ShowingSeats) -> Result<Item, Error> {
    let seats: Vec<_> = said.seats.iter().map(|name| clean(name, SEAT)).collect();
    let named = u32::try_from(seats.len()).unwrap_or(u32::MAX);
    Ok(Item::Showing {
        showing_id: convert::id("showing_id", &said.showing_id)?,
        seats,
        quantity: quantity(said.quantity).max(named),
    })
}

fn home_movie(said: &booking::HomeMovie) -> Result<Item, Error> {
    Ok(Item::HomeMovie { title_id: convert::id("title_id", &said.title_id)? })
}
