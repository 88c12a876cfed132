//! Delivery's published language: the only place where its events meet protobuf.

use boxoffice_contracts::delivery::v1 as pb;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use prost::Name;

use crate::domain::{Event, What};
use crate::grpc::render;

/// Makes the message that says `event` to whoever listens.
pub(crate) fn encode(event: &Event) -> Message {
    let delivery_id = event.delivery_id.to_string();
    let booking_id = event.booking_id.to_string();
    let customer_id = event.customer_id.to_string();
    match event.what {
        What::Started { method } => {
            let method = render::method(method).into();
            say(event, &pb::DeliveryStarted { delivery_id, booking_id, customer_id, method })
        }
        What::Completed => {
            say(event, &pb::DeliveryCompleted { delivery_id, booking_id, customer_id })
        }
        What::Cancelled => {
            say(event, &pb::DeliveryCancelled { delivery_id, booking_id, customer_id })
        }
    }
}

/// About the delivery, in the case of its booking (NFR-15).
fn say<M: Name>(event: &Event, said: &M) -> Message {
    Message::new(
        Context::DELIVERY,
        M::full_name(),
        event.delivery_id.0,
        event.sequence,
        event.booking_id.0,
        event.time,
        said.encode_to_vec(),
    )
}
