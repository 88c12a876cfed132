//! Whenever booking says something, then streaming does something.

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::booking::v1::booking_confirmed::Item;
use boxoffice_contracts::convert;
use boxoffice_eventing::Message;
use boxoffice_kernel::{Context, CustomerId};
use boxoffice_runtime::{Policy, Whenever};
use prost::{Message as _, Name as _};

use crate::Error;
use crate::commands::{CloseBooking, Command, GrantLicense};
use crate::store::Store;

/// Whom streaming listens to.
pub(crate) const POLICIES: [(Context, Policy<Store>); 1] = [(Context::BOOKING, on_booking)];

/// What streaming does when others speak, for the event catalogue.
pub const WHENEVER: &[Whenever] = &[
    Whenever::said::<booking::BookingConfirmed>("grants the licence, if it is of a title to watch"),
    Whenever::said::<booking::BookingRejected>("revokes the licence, and grants none any more"),
    Whenever::said::<booking::BookingExpired>("revokes the licence, and grants none any more"),
    Whenever::said::<booking::BookingCancelled>("revokes the licence, and grants none any more"),
];

/// Whenever a home movie is confirmed, then grant its licence (FR-32); whenever one is closed, then it has none.
pub(crate) fn on_booking(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    let payload = &*message.payload;
    let (booking_id, showing_id) = if name == booking::BookingConfirmed::full_name() {
        return grant(booking::BookingConfirmed::decode(payload)?);
    } else if name == booking::BookingRejected::full_name() {
        let said = booking::BookingRejected::decode(payload)?;
        (said.booking_id, said.showing_id)
    } else if name == booking::BookingExpired::full_name() {
        let said = booking::BookingExpired::decode(payload)?;
        (said.booking_id, said.showing_id)
    } else if name == booking::BookingCancelled::full_name() {
        let said = booking::BookingCancelled::decode(payload)?;
        (said.booking_id, said.showing_id)
    } else {
        return Ok(None);
    };
    if !showing_id.is_empty() {
        return Ok(None); // a ticket: nothing to watch at home
    }
    let booking_id = convert::id("booking_id", &booking_id)?;
    Ok(Some(Command::Close(CloseBooking { booking_id })))
}

fn grant(said: booking::BookingConfirmed) -> Result<Option<Command>, Error> {
    let bought = match convert::required("item", said.item)? {
        Item::HomeMovie(bought) => bought,
        Item::Showing(_) => return Ok(None),
    };
    Ok(Some(Command::Grant(GrantLicense {
        booking_id: convert::id("booking_id", &said.booking_id)?,
        customer_id: CustomerId::new(&said.customer_id),
        title_id: convert::id("home_movie.title_id", &bought.title_id)?,
    })))
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
