//! Booking's published language: the only place where its events meet protobuf. No contact data.

use boxoffice_contracts::booking::v1 as pb;
use boxoffice_contracts::convert;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use prost::Name;

use crate::domain::{Booking, Event};
use crate::grpc::render;

/// Makes the message that says `event` about `booking`, as it is after it.
pub(crate) fn encode(booking: &Booking, event: &Event) -> Message {
    let booking_id = booking.id.to_string();
    let customer_id = booking.customer_id.as_str().to_owned();
    let showing_id = booking.item.showing_id().map_or_else(String::new, |id| id.to_string());
    match event {
        Event::Placed { item } => {
            let item = Some(match render::item(item) {
                pb::booking::Item::Showing(it) => pb::booking_placed::Item::Showing(it),
                pb::booking::Item::HomeMovie(it) => pb::booking_placed::Item::HomeMovie(it),
            });
            say(booking, &pb::BookingPlaced { booking_id, customer_id, item })
        }
        Event::PaymentRequested { payment_id, method, amount, expires_at } => {
            let event = pb::PaymentRequested {
                booking_id,
                customer_id,
                payment_id: payment_id.to_string(),
                amount: Some(convert::price(*amount)),
                payment_method: method.clone(),
                expire_time: Some(convert::timestamp(*expires_at)),
            };
            say(booking, &event)
        }
        Event::Confirmed { item, payment_id, amount, fulfilment, starts_at, ends_at, title_id } => {
            let item = Some(match render::item(item) {
                pb::booking::Item::Showing(it) => pb::booking_confirmed::Item::Showing(it),
                pb::booking::Item::HomeMovie(it) => pb::booking_confirmed::Item::HomeMovie(it),
            });
            let event = pb::BookingConfirmed {
                booking_id,
                customer_id,
                item,
                payment_id: payment_id.to_string(),
                amount: Some(convert::price(*amount)),
                fulfilment: render::fulfilment(*fulfilment).into(),
                start_time: starts_at.map(convert::timestamp),
                end_time: ends_at.map(convert::timestamp),
                title_id: title_id.map(|it| it.to_string()).unwrap_or_default(),
            };
            say(booking, &event)
        }
        Event::Rejected { rejection } => {
            let rejection = Some(render::rejection(rejection));
            say(booking, &pb::BookingRejected { booking_id, customer_id, showing_id, rejection })
        }
        Event::Expired => say(booking, &pb::BookingExpired { booking_id, customer_id, showing_id }),
        Event::Cancelled { showing_cancelled } => {
            let showing_cancelled = *showing_cancelled;
            let event =
                pb::BookingCancelled { booking_id, customer_id, showing_id, showing_cancelled };
            say(booking, &event)
        }
        Event::Rescheduled { previous, starts_at } => {
            let event = pb::BookingRescheduled {
                booking_id,
                customer_id,
                showing_id,
                previous_start_time: Some(convert::timestamp(*previous)),
                start_time: Some(convert::timestamp(*starts_at)),
            };
            say(booking, &event)
        }
    }
}

fn say<M: Name>(booking: &Booking, event: &M) -> Message {
    Message::new(
        Context::BOOKING,
        M::full_name(),
        booking.id.0,
        booking.version,
        booking.id.0,
        booking.updated_at,
        event.encode_to_vec(),
    )
}
