//! Seating's published language: the only place where its events meet protobuf.

use boxoffice_contracts::convert::timestamp;
use boxoffice_contracts::seating::v1 as pb;
use boxoffice_eventing::Message;
use boxoffice_kernel::{Context, Time};
use prost::Name;

use crate::domain::{Claimed, Event, SeatName, What};

/// Makes the message that says `event`, which happened `now`, to whoever listens.
pub(crate) fn encode(event: Event, now: Time) -> Message {
    let showing_id = event.showing_id.to_string();
    match &event.what {
        What::Scheduled { title_id, venue, slot, capacity } => {
            let said = pb::ShowingScheduled {
                showing_id,
                title_id: title_id.to_string(),
                venue: venue.clone(),
                start_time: Some(timestamp(slot.start())),
                end_time: Some(timestamp(slot.end())),
                capacity: capacity.cast_signed(),
            };
            say(&event, &said, now)
        }
        What::Rescheduled { previous_start, slot } => {
            let said = pb::ShowingRescheduled {
                showing_id,
                previous_start_time: Some(timestamp(*previous_start)),
                start_time: Some(timestamp(slot.start())),
                end_time: Some(timestamp(slot.end())),
            };
            say(&event, &said, now)
        }
        What::Cancelled => say(&event, &pb::ShowingCancelled { showing_id }, now),
        What::Held(claimed) => {
            let Named { booking_id, seats, quantity } = named(claimed);
            say(&event, &pb::SeatsHeld { showing_id, booking_id, seats, quantity }, now)
        }
        What::Sold(claimed) => {
            let Named { booking_id, seats, quantity } = named(claimed);
            say(&event, &pb::SeatsSold { showing_id, booking_id, seats, quantity }, now)
        }
        What::Released(claimed) => {
            let Named { booking_id, seats, quantity } = named(claimed);
            say(&event, &pb::SeatsReleased { showing_id, booking_id, seats, quantity }, now)
        }
    }
}

struct Named {
    booking_id: String,
    seats: Vec<String>,
    quantity: i32,
}

fn named(claimed: &Claimed) -> Named {
    Named {
        booking_id: claimed.booking_id.to_string(),
        seats: claimed.seats.iter().map(SeatName::to_string).collect(),
        quantity: claimed.quantity.cast_signed(),
    }
}

fn say<M: Name>(event: &Event, said: &M, now: Time) -> Message {
    Message::new(
        Context::SEATING,
        M::full_name(),
        event.showing_id.0,
        event.version,
        event.correlation_id(),
        now,
        said.encode_to_vec(),
    )
}
