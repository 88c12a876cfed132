//! Whenever somebody says something, then my page keeps it: one file a source.

mod booking;
mod catalog;
mod delivery;
mod payment;
mod seating;
mod streaming;

use boxoffice_contracts as pb;
use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_eventing::Message;
use boxoffice_kernel::{BookingId, Context};
use boxoffice_runtime::{Policy, Whenever};
use uuid::Uuid;

use crate::Error;
use crate::commands::{Command, RecordStep};
use crate::domain::{Fact, Step};
use crate::store::Store;

/// Whom my page follows.
pub(crate) const POLICIES: [(Context, Policy<Store>); 6] = [
    (Context::CATALOG, catalog::on_catalog),
    (Context::SEATING, seating::on_seating),
    (Context::BOOKING, booking::on_booking),
    (Context::PAYMENT, payment::on_payment),
    (Context::DELIVERY, delivery::on_delivery),
    (Context::STREAMING, streaming::on_streaming),
];

/// What my page does when others speak, for the event catalogue.
pub const WHENEVER: &[Whenever] = &[
    Whenever::said::<pb::catalog::v1::TitleRegistered>("keeps the title's name"),
    Whenever::said::<pb::catalog::v1::TitleUpdated>("keeps the title's name"),
    Whenever::said::<pb::seating::v1::ShowingScheduled>(
        "keeps where and when the showing is, and of what",
    ),
    Whenever::said::<pb::seating::v1::ShowingRescheduled>("keeps when the showing is"),
    Whenever::said::<pb::seating::v1::SeatsHeld>("keeps the step, and the booking's seats"),
    Whenever::said::<pb::seating::v1::SeatsSold>("keeps the step, and the booking's seats"),
    Whenever::said::<pb::seating::v1::SeatsReleased>("keeps the step, and the booking's seats"),
    Whenever::said::<pb::booking::v1::BookingPlaced>(
        "keeps the step, and the booking with what is to be booked",
    ),
    Whenever::said::<pb::booking::v1::PaymentRequested>(
        "keeps the step, and how the booking's payment stands",
    ),
    Whenever::said::<pb::booking::v1::BookingConfirmed>(
        "keeps the step, and how the booking stands",
    ),
    Whenever::said::<pb::booking::v1::BookingRejected>(
        "keeps the step, and how the booking stands",
    ),
    Whenever::said::<pb::booking::v1::BookingExpired>("keeps the step, and how the booking stands"),
    Whenever::said::<pb::booking::v1::BookingCancelled>(
        "keeps the step, and how the booking stands",
    ),
    Whenever::said::<pb::booking::v1::BookingRescheduled>(
        "keeps the step, and when the booking's showing is",
    ),
    Whenever::said::<pb::payment::v1::PaymentApproved>(
        "keeps the step, and how the booking's payment stands",
    ),
    Whenever::said::<pb::payment::v1::PaymentDeclined>(
        "keeps the step, and how the booking's payment stands",
    ),
    Whenever::said::<pb::payment::v1::PaymentCancelled>(
        "keeps the step, and how the booking's payment stands",
    ),
    Whenever::said::<pb::delivery::v1::DeliveryStarted>(
        "keeps the step, and how the booking's delivery stands",
    ),
    Whenever::said::<pb::delivery::v1::DeliveryCompleted>(
        "keeps the step, and how the booking's delivery stands",
    ),
    Whenever::said::<pb::delivery::v1::DeliveryCancelled>(
        "keeps the step, and how the booking's delivery stands",
    ),
    Whenever::said::<pb::streaming::v1::LicenseGranted>(
        "keeps the step, and how the booking's licence stands",
    ),
    Whenever::said::<pb::streaming::v1::TitleWatched>(
        "keeps the step, and how the booking's licence stands",
    ),
    Whenever::said::<pb::streaming::v1::LicenseRevoked>(
        "keeps the step, and how the booking's licence stands",
    ),
];

/// Characters of a name or a venue, at most: as many as their contexts let pass.
const NAME: usize = 200;
/// Characters of a reason, at most.
const REASON: usize = 500;

/// The step that `message` is for a booking, and what it says of it.
fn record(
    message: &Message,
    booking_id: &str,
    fact: Fact,
    reason: &str,
) -> Result<Option<Command>, Error> {
    let step = Step {
        event_id: message.id,
        booking_id: convert::id::<BookingId>("booking_id", booking_id)?,
        name: short(&message.name).to_owned(),
        context: message.context,
        time: message.time,
        cause_id: message.causation_id,
        reason: Some(clean(reason, REASON)).filter(|reason| !reason.is_empty()),
        trace_id: message.traceparent.as_deref().and_then(boxoffice_telemetry::trace_id_of),
    };
    Ok(Some(Command::Record(RecordStep { step, fact, sequence: message.sequence })))
}

/// `boxoffice.booking.v1.BookingConfirmed` → `BookingConfirmed`
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Text of others as every database keeps it: without NUL, and not too long.
fn clean(text: &str, most: usize) -> String {
    text.chars().filter(|letter| *letter != '\0').take(most).collect()
}

/// A number of seats; what cannot be one is none.
fn quantity(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

/// An id that may be left out.
fn id_or_none<T: From<Uuid>>(field: &str, text: &str) -> Result<Option<T>, Malformed> {
    if text.is_empty() { Ok(None) } else { Ok(Some(convert::uuid(field, text)?.into())) }
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
