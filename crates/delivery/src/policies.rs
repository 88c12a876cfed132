//! Whenever booking or payment says something, then delivery does something.

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::booking::v1::booking_confirmed::Item;
use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_contracts::payment::v1 as payment;
use boxoffice_eventing::Message;
use boxoffice_kernel::{BookingId, Context, CustomerId};
use boxoffice_runtime::{Policy, Whenever};
use prost::{Message as _, Name as _};

use crate::Error;
use crate::commands::{CancelDelivery, Command, StartDelivery};
use crate::domain::{Ending, Method, Places, Wish};
use crate::store::Store;

/// Tickets of one booking, at most: what one answer can still carry.
const MOST_TICKETS: u32 = 5_000;

/// Whom delivery listens to.
pub(crate) const POLICIES: [(Context, Policy<Store>); 2] =
    [(Context::BOOKING, on_booking), (Context::PAYMENT, on_payment)];

/// What delivery does when others speak, for the event catalogue.
pub const WHENEVER: &[Whenever] = &[
    Whenever::said::<booking::BookingConfirmed>(
        "makes the tickets, and sends them; a title to watch has none",
    ),
    Whenever::said::<booking::BookingRejected>("calls the tickets back, and makes none any more"),
    Whenever::said::<booking::BookingExpired>("calls the tickets back, and makes none any more"),
    Whenever::said::<booking::BookingCancelled>("calls the tickets back, and makes none any more"),
    Whenever::said::<payment::PaymentCancelled>("calls back the tickets that were paid with it"),
];

/// Whenever a booking of a showing is confirmed, then deliver its tickets (FR-30); whenever one
/// closes, then call them back (FR-31). A title to watch at home has none.
pub(crate) fn on_booking(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    let payload = &*message.payload;
    let (booking_id, showing_id) = if name == booking::BookingConfirmed::full_name() {
        let wish = wish(message, booking::BookingConfirmed::decode(payload)?)?;
        return Ok(wish.map(|wish| Command::Start(StartDelivery { wish })));
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
    if showing_id.is_empty() {
        return Ok(None);
    }
    let booking_id: BookingId = convert::id("booking_id", &booking_id)?;
    Ok(Some(Command::Cancel(CancelDelivery { booking_id, ending: Ending::Closed })))
}

/// Whenever a payment is cancelled, then call back what it paid for (FR-31).
pub(crate) fn on_payment(message: &Message) -> Result<Option<Command>, Error> {
    if message.name != payment::PaymentCancelled::full_name() {
        return Ok(None);
    }
    let said = payment::PaymentCancelled::decode(&*message.payload)?;
    let booking_id: BookingId = convert::id("booking_id", &said.booking_id)?;
    let ending = Ending::Refunded(convert::id("payment_id", &said.payment_id)?);
    Ok(Some(Command::Cancel(CancelDelivery { booking_id, ending })))
}

/// `None`: there is nothing to deliver.
fn wish(message: &Message, said: booking::BookingConfirmed) -> Result<Option<Wish>, Malformed> {
    let method = match convert::choice("fulfilment", said.fulfilment)? {
        booking::Fulfilment::Unspecified | booking::Fulfilment::ETicket => Method::ETicket,
        booking::Fulfilment::Post => Method::Post,
        booking::Fulfilment::Stream => return Ok(None),
    };
    let showing = match convert::required("item", said.item)? {
        Item::Showing(showing) => showing,
        Item::HomeMovie(_) => return Ok(None),
    };
    let start = said.start_time.map(|it| convert::time("start_time", it));
    Ok(Some(Wish {
        booking_id: convert::id("booking_id", &said.booking_id)?,
        customer_id: CustomerId::new(&said.customer_id),
        showing_id: convert::id("showing.showing_id", &showing.showing_id)?,
        payment_id: convert::id("payment_id", &said.payment_id)?,
        method,
        places: places(showing)?,
        starts_at: start.transpose()?,
        traceparent: message.traceparent.clone(),
    }))
}

fn places(showing: booking::ShowingSeats) -> Result<Places, Malformed> {
    let seats = u32::try_from(showing.seats.len()).unwrap_or(u32::MAX);
    let quantity = u32::try_from(showing.quantity).unwrap_or_default();
    match (seats, quantity) {
        (1..=MOST_TICKETS, _) => Ok(Places::Seats(showing.seats)),
        (0, 1..=MOST_TICKETS) => Ok(Places::Anywhere(quantity)),
        (_, _) => Err(Malformed::new("showing", "must be of 1 to 5,000 people")),
    }
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
