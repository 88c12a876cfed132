//! Whenever somebody else says something, then booking does something.

use boxoffice_contracts::{convert, payment, seating, streaming};
use boxoffice_eventing::Message;
use boxoffice_kernel::{BookingId, Context, PaymentId, ShowingId};
use boxoffice_runtime::{Policy, Whenever};
use prost::{Message as _, Name as _};

use crate::Error;
use crate::commands::{
    Command, ConfirmBooking, DeclinePayment, FanOut, FinishCancelling, NoteWatched, ShowingChange,
    StartFanOut,
};
use crate::store::Store;

/// Whom booking listens to.
pub(crate) const POLICIES: [(Context, Policy<Store>); 3] = [
    (Context::PAYMENT, on_payment),
    (Context::SEATING, on_seating),
    (Context::STREAMING, on_streaming),
];

/// What booking does when others speak, for the event catalogue.
pub const WHENEVER: &[Whenever] = &[
    Whenever::said::<payment::v1::PaymentApproved>("confirms the booking"),
    Whenever::said::<payment::v1::PaymentDeclined>(
        "notes why, so that another method can be tried until the deadline",
    ),
    Whenever::said::<seating::v1::ShowingRescheduled>(
        "moves each of the showing's bookings with it, some at a time",
    ),
    Whenever::said::<seating::v1::ShowingCancelled>(
        "cancels each of the showing's bookings, some at a time",
    ),
    Whenever::said::<streaming::v1::TitleWatched>("refuses from now on to cancel the booking"),
    Whenever::said::<streaming::v1::LicenseRevoked>(
        "cancels the booking, also if the call that asked never heard",
    ),
];

/// Whenever money was taken, then confirm; whenever it was declined, then note it (FR-20).
pub(crate) fn on_payment(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    if name == payment::v1::PaymentApproved::full_name() {
        let said = payment::v1::PaymentApproved::decode(&*message.payload)?;
        return Ok(Some(Command::Confirm(ConfirmBooking {
            booking_id: BookingId(convert::uuid("booking_id", &said.booking_id)?),
            payment_id: PaymentId(convert::uuid("payment_id", &said.payment_id)?),
        })));
    }
    if name == payment::v1::PaymentDeclined::full_name() {
        let said = payment::v1::PaymentDeclined::decode(&*message.payload)?;
        return Ok(Some(Command::Decline(DeclinePayment {
            booking_id: BookingId(convert::uuid("booking_id", &said.booking_id)?),
            payment_id: PaymentId(convert::uuid("payment_id", &said.payment_id)?),
            provider_reason: said.provider_reason,
        })));
    }
    Ok(None)
}

/// Whenever a showing is moved or cancelled, then all its bookings follow (FR-04, D-9).
pub(crate) fn on_seating(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    let (showing_id, change) = if name == seating::v1::ShowingRescheduled::full_name() {
        let said = seating::v1::ShowingRescheduled::decode(&*message.payload)?;
        let starts_at =
            convert::time("start_time", convert::required("start_time", said.start_time)?)?;
        let ends_at = convert::time("end_time", convert::required("end_time", said.end_time)?)?;
        let change = ShowingChange::Moved { starts_at, ends_at, sequence: message.sequence };
        (said.showing_id, change)
    } else if name == seating::v1::ShowingCancelled::full_name() {
        let said = seating::v1::ShowingCancelled::decode(&*message.payload)?;
        (said.showing_id, ShowingChange::Cancelled)
    } else {
        return Ok(None);
    };
    let showing_id = ShowingId(convert::uuid("showing_id", &showing_id)?);
    let job = FanOut { id: message.id, showing_id, change, cursor: None };
    Ok(Some(Command::StartFanOut(StartFanOut { job })))
}

/// Whenever a title was watched, then its booking can no longer be cancelled (FR-41); whenever a licence was revoked, then
/// its booking is cancelled, also when the call that asked for it never heard.
pub(crate) fn on_streaming(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    if name == streaming::v1::TitleWatched::full_name() {
        let said = streaming::v1::TitleWatched::decode(&*message.payload)?;
        return Ok(Some(Command::NoteWatched(NoteWatched {
            booking_id: BookingId(convert::uuid("booking_id", &said.booking_id)?),
            watched_at: Some(message.time),
        })));
    }
    if name == streaming::v1::LicenseRevoked::full_name() {
        let said = streaming::v1::LicenseRevoked::decode(&*message.payload)?;
        let booking_id = BookingId(convert::uuid("booking_id", &said.booking_id)?);
        return Ok(Some(Command::FinishCancelling(FinishCancelling { booking_id })));
    }
    Ok(None)
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
