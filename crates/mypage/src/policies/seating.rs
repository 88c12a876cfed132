//! What seating says.

use boxoffice_contracts::convert;
use boxoffice_contracts::seating::v1 as seating;
use boxoffice_eventing::Message;
use prost::{Message as _, Name as _};

use super::{NAME, clean, quantity, record};
use crate::Error;
use crate::commands::{Command, FollowShowing};
use crate::domain::Fact;

pub(super) fn on_seating(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    if name == seating::ShowingScheduled::full_name() {
        let said = seating::ShowingScheduled::decode(&*message.payload)?;
        let starts_at = convert::required("start_time", said.start_time)?;
        let title_id = convert::id("title_id", &said.title_id)?;
        Ok(Some(Command::Showing(FollowShowing {
            showing_id: convert::id("showing_id", &said.showing_id)?,
            scheduled: Some((title_id, clean(&said.venue, NAME))),
            starts_at: convert::time("start_time", starts_at)?,
            sequence: message.sequence,
        })))
    } else if name == seating::ShowingRescheduled::full_name() {
        let said = seating::ShowingRescheduled::decode(&*message.payload)?;
        let starts_at = convert::required("start_time", said.start_time)?;
        Ok(Some(Command::Showing(FollowShowing {
            showing_id: convert::id("showing_id", &said.showing_id)?,
            scheduled: None,
            starts_at: convert::time("start_time", starts_at)?,
            sequence: message.sequence,
        })))
    } else if name == seating::SeatsHeld::full_name() {
        let said = seating::SeatsHeld::decode(&*message.payload)?;
        let fact = seats(&said.showing_id, said.seats, said.quantity)?;
        record(message, &said.booking_id, fact, "")
    } else if name == seating::SeatsSold::full_name() {
        let said = seating::SeatsSold::decode(&*message.payload)?;
        let fact = seats(&said.showing_id, said.seats, said.quantity)?;
        record(message, &said.booking_id, fact, "")
    } else if name == seating::SeatsReleased::full_name() {
        let said = seating::SeatsReleased::decode(&*message.payload)?;
        let fact = seats(&said.showing_id, said.seats, said.quantity)?;
        record(message, &said.booking_id, fact, "")
    } else {
        // A showing that is cancelled cancels its bookings, and booking says so of each.
        Ok(None)
    }
}

fn seats(showing_id: &str, names: Vec<String>, number: i32) -> Result<Fact, Error> {
    let showing_id = convert::id("showing_id", showing_id)?;
    Ok(Fact::Seats { showing_id, names, quantity: quantity(number) })
}
