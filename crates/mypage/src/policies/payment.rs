//! What payment says.

use boxoffice_contracts::convert;
use boxoffice_contracts::payment::v1 as payment;
use boxoffice_eventing::Message;
use prost::{Message as _, Name as _};

use super::record;
use crate::Error;
use crate::commands::Command;
use crate::domain::{Fact, PaymentStatus};

pub(super) fn on_payment(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    if name == payment::PaymentApproved::full_name() {
        let said = payment::PaymentApproved::decode(&*message.payload)?;
        let fact = fact(&said.payment_id, PaymentStatus::Approved)?;
        record(message, &said.booking_id, fact, "")
    } else if name == payment::PaymentDeclined::full_name() {
        let said = payment::PaymentDeclined::decode(&*message.payload)?;
        let fact = fact(&said.payment_id, PaymentStatus::Declined)?;
        record(message, &said.booking_id, fact, &said.provider_reason)
    } else if name == payment::PaymentCancelled::full_name() {
        let said = payment::PaymentCancelled::decode(&*message.payload)?;
        let fact = fact(&said.payment_id, PaymentStatus::Cancelled)?;
        record(message, &said.booking_id, fact, "")
    } else {
        Ok(None)
    }
}

fn fact(payment_id: &str, status: PaymentStatus) -> Result<Fact, Error> {
    Ok(Fact::Payment { payment_id: convert::id("payment_id", payment_id)?, status })
}
