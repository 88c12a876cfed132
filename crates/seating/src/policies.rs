//! Whenever somebody else says something, then seating does something.

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::booking::v1::booking_confirmed::Item;
use boxoffice_contracts::{catalog, convert};
use boxoffice_eventing::Message;
use prost::{Message as _, Name};

use crate::Error;
use crate::commands::{Command, ReleaseSeats, RemoveTitle, SellSeats};

/// Whenever a booking is confirmed, then its seats are sold; whenever it closes, then they are
/// released. A title to watch at home has no seats.
pub fn on_booking(message: &Message) -> Result<Option<Command>, Error> {
    if is::<booking::BookingConfirmed>(message) {
        let said = booking::BookingConfirmed::decode(&*message.payload)?;
        return match &said.item {
            Some(Item::Showing(item)) => {
                sell(message, &said.booking_id, &item.showing_id).map(Some)
            }
            Some(Item::HomeMovie(_)) | None => Ok(None),
        };
    }
    if is::<booking::BookingRejected>(message) {
        let said = booking::BookingRejected::decode(&*message.payload)?;
        return release(message, &said.booking_id, &said.showing_id);
    }
    if is::<booking::BookingExpired>(message) {
        let said = booking::BookingExpired::decode(&*message.payload)?;
        return release(message, &said.booking_id, &said.showing_id);
    }
    if is::<booking::BookingCancelled>(message) {
        let said = booking::BookingCancelled::decode(&*message.payload)?;
        return release(message, &said.booking_id, &said.showing_id);
    }
    Ok(None)
}

/// Whenever a title is removed, then its future showings are cancelled (D-9).
pub fn on_catalog(message: &Message) -> Result<Option<Command>, Error> {
    if !is::<catalog::v1::TitleRemoved>(message) {
        return Ok(None);
    }
    let said = catalog::v1::TitleRemoved::decode(&*message.payload)?;
    let title_id = convert::id("title_id", &said.title_id)?;
    Ok(Some(Command::RemoveTitle(RemoveTitle { title_id })))
}

fn sell(message: &Message, booking_id: &str, showing_id: &str) -> Result<Command, Error> {
    Ok(Command::Sell(SellSeats {
        booking_id: convert::id("booking_id", booking_id)?,
        showing_id: convert::id("showing_id", showing_id)?,
        booking_version: message.sequence,
    }))
}

fn release(
    message: &Message,
    booking_id: &str,
    showing_id: &str,
) -> Result<Option<Command>, Error> {
    if showing_id.is_empty() {
        return Ok(None);
    }
    Ok(Some(Command::Release(ReleaseSeats {
        booking_id: convert::id("booking_id", booking_id)?,
        showing_id: convert::id("showing_id", showing_id)?,
        booking_version: message.sequence,
    })))
}

fn is<M: Name>(message: &Message) -> bool {
    message.name.strip_prefix(M::PACKAGE).and_then(|it| it.strip_prefix('.')) == Some(M::NAME)
}
