//! Whenever booking says something, then payment does something.

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_eventing::Message;
use boxoffice_kernel::{BookingId, Context, CustomerId};
use boxoffice_runtime::{Policy, Whenever};
use prost::{Message as _, Name as _};

use crate::Error;
use crate::commands::{CloseBooking, Command, RequestPayment};
use crate::domain::{Intent, Method};
use crate::store::Store;

/// Whom payment listens to.
pub(crate) const POLICIES: [(Context, Policy<Store>); 1] = [(Context::BOOKING, on_booking)];

/// What payment does when others speak, for the event catalogue.
pub const WHENEVER: &[Whenever] = &[
    Whenever::said::<booking::PaymentRequested>(
        "settles the attempt with the provider, as soon as it can",
    ),
    Whenever::said::<booking::BookingRejected>(
        "takes no money for the booking any more, and gives back what was taken",
    ),
    Whenever::said::<booking::BookingExpired>(
        "takes no money for the booking any more, and gives back what was taken",
    ),
    Whenever::said::<booking::BookingCancelled>(
        "takes no money for the booking any more, and gives back what was taken",
    ),
];

/// Whenever an attempt could not be settled in its call, then settle it (NFR-06); whenever a
/// booking closes, then take nothing for it and give back what was taken (FR-43, FR-44).
pub(crate) fn on_booking(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    let payload = &*message.payload;
    let booking_id = if name == booking::PaymentRequested::full_name() {
        let intent = intent(message, booking::PaymentRequested::decode(payload)?)?;
        return Ok(Some(Command::Request(RequestPayment { intent })));
    } else if name == booking::BookingRejected::full_name() {
        booking::BookingRejected::decode(payload)?.booking_id
    } else if name == booking::BookingExpired::full_name() {
        booking::BookingExpired::decode(payload)?.booking_id
    } else if name == booking::BookingCancelled::full_name() {
        booking::BookingCancelled::decode(payload)?.booking_id
    } else {
        return Ok(None);
    };
    let booking_id: BookingId = convert::id("booking_id", &booking_id)?;
    Ok(Some(Command::Close(CloseBooking { booking_id })))
}

fn intent(message: &Message, said: booking::PaymentRequested) -> Result<Intent, Malformed> {
    let amount = convert::required("amount", said.amount)?;
    let expires_at = convert::required("expire_time", said.expire_time)?;
    Ok(Intent {
        payment_id: convert::id("payment_id", &said.payment_id)?,
        booking_id: convert::id("booking_id", &said.booking_id)?,
        customer_id: CustomerId::new(&said.customer_id),
        amount: convert::money("amount", &amount)?,
        method: Method::new(said.payment_method),
        expires_at: convert::time("expire_time", expires_at)?,
        traceparent: message.traceparent.clone(),
    })
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
