//! Payment's published language: the only place where its events meet protobuf.

use boxoffice_contracts::convert;
use boxoffice_contracts::payment::v1 as pb;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use prost::Name;

use crate::domain::{Event, What};

/// Makes the message that says `event` to whoever listens.
pub(crate) fn encode(event: &Event) -> Message {
    let payment_id = event.payment_id.to_string();
    let booking_id = event.booking_id.to_string();
    let customer_id = event.customer_id.to_string();
    match &event.what {
        What::Approved { amount } => {
            let amount = Some(convert::price(*amount));
            say(event, &pb::PaymentApproved { payment_id, booking_id, customer_id, amount })
        }
        What::Declined { reason } => {
            let provider_reason = reason.clone();
            say(
                event,
                &pb::PaymentDeclined { payment_id, booking_id, customer_id, provider_reason },
            )
        }
        What::Cancelled { amount } => {
            let amount = Some(convert::price(*amount));
            say(event, &pb::PaymentCancelled { payment_id, booking_id, customer_id, amount })
        }
    }
}

/// About the payment, in the case of its booking (NFR-15).
fn say<M: Name>(event: &Event, said: &M) -> Message {
    Message::new(
        Context::PAYMENT,
        M::full_name(),
        event.payment_id.0,
        event.sequence,
        event.booking_id.0,
        event.time,
        said.encode_to_vec(),
    )
}
