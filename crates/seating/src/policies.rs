//! Whenever somebody else says something, then seating does something.

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::booking::v1::booking_confirmed::Item;
use boxoffice_contracts::{catalog, convert};
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use boxoffice_runtime::{Policy, Whenever};
use prost::{Message as _, Name};

use crate::Error;
use crate::commands::{Command, ReleaseSeats, RemoveTitle, SellSeats};
use crate::store::Store;

/// Whom seating listens to.
pub(crate) const POLICIES: [(Context, Policy<Store>); 2] =
    [(Context::BOOKING, on_booking), (Context::CATALOG, on_catalog)];

/// What seating does when others speak, for the event catalogue.
pub const WHENEVER: &[Whenever] = &[
    Whenever::said::<booking::BookingConfirmed>("sells the seats it held"),
    Whenever::said::<booking::BookingRejected>(
        "puts the booking's seats on sale again, and holds none for it any more",
    ),
    Whenever::said::<booking::BookingExpired>(
        "puts the booking's seats on sale again, and holds none for it any more",
    ),
    Whenever::said::<booking::BookingCancelled>(
        "puts the booking's seats on sale again, and holds none for it any more",
    ),
    Whenever::said::<catalog::v1::TitleRemoved>(
        "cancels the title's showings that have not begun, some at a time",
    ),
];

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

#[cfg(test)]
mod tests {
    use boxoffice_runtime::whenever;

    use super::*;

    #[test]
    fn the_catalogue_lists_what_policies_react_to() {
        assert_eq!(whenever::names(WHENEVER), whenever::reactions(&POLICIES));
    }
}
