//! What delivery says.

use boxoffice_contracts::delivery::v1 as delivery;
use boxoffice_eventing::Message;
use prost::{Message as _, Name as _};

use super::record;
use crate::Error;
use crate::commands::Command;
use crate::domain::{DeliveryStatus, Fact};

pub(super) fn on_delivery(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    let (booking_id, status) = if name == delivery::DeliveryStarted::full_name() {
        let said = delivery::DeliveryStarted::decode(&*message.payload)?;
        (said.booking_id, DeliveryStatus::Started)
    } else if name == delivery::DeliveryCompleted::full_name() {
        let said = delivery::DeliveryCompleted::decode(&*message.payload)?;
        (said.booking_id, DeliveryStatus::Completed)
    } else if name == delivery::DeliveryCancelled::full_name() {
        let said = delivery::DeliveryCancelled::decode(&*message.payload)?;
        (said.booking_id, DeliveryStatus::Cancelled)
    } else {
        return Ok(None);
    };
    record(message, &booking_id, Fact::Delivery(status), "")
}
