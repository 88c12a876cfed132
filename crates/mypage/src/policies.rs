//! Whenever somebody says something, then my page keeps it: one file a source.

mod booking;
mod catalog;
mod delivery;
mod payment;
mod seating;
mod streaming;

use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_eventing::Message;
use boxoffice_kernel::{BookingId, Context};
use uuid::Uuid;

use crate::Error;
use crate::commands::{Command, RecordStep};
use crate::domain::{Fact, Step};

/// Whom my page follows.
pub const SOURCES: [Context; 6] = [
    Context::Catalog,
    Context::Seating,
    Context::Booking,
    Context::Payment,
    Context::Delivery,
    Context::Streaming,
];

/// Characters of a name or a venue, at most: as many as their contexts let pass.
const NAME: usize = 200;
/// Characters of a reason, at most.
const REASON: usize = 500;

type Policy = fn(&Message) -> Result<Option<Command>, Error>;

/// What follows from what `source` says.
pub(crate) fn of(source: Context) -> Policy {
    match source {
        Context::Catalog => catalog::on_catalog,
        Context::Seating => seating::on_seating,
        Context::Booking => booking::on_booking,
        Context::Payment => payment::on_payment,
        Context::Delivery => delivery::on_delivery,
        Context::Streaming => streaming::on_streaming,
        Context::Review | Context::Notification | Context::Mypage => |_| Ok(None),
    }
}

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
