//! Whenever somebody says something, then its customer is told. One event, one notice, in whatever
//! order events come: each tells a fact of its own.

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_contracts::delivery::v1 as delivery;
use boxoffice_contracts::google::r#type::Money as PbMoney;
use boxoffice_contracts::payment::v1 as payment;
use boxoffice_contracts::streaming::v1 as streaming;
use boxoffice_contracts::wkt::Timestamp;
use boxoffice_eventing::Message;
use boxoffice_kernel::id::derived;
use boxoffice_kernel::{BookingId, Context, CustomerId, Money, NoticeId, Time};
use boxoffice_runtime::{Policy, Whenever};
use prost::{Message as _, Name as _};

use crate::Error;
use crate::commands::{Command, TellCustomer};
use crate::domain::{Notice, Topic};
use crate::store::Store;

/// Whom notification listens to.
pub(crate) const POLICIES: [(Context, Policy<Store>); 4] = [
    (Context::BOOKING, on_booking),
    (Context::PAYMENT, on_payment),
    (Context::DELIVERY, on_delivery),
    (Context::STREAMING, on_streaming),
];

/// What notification does when others speak, for the event catalogue.
pub const WHENEVER: &[Whenever] = &[
    Whenever::said::<booking::BookingConfirmed>("tells the customer"),
    Whenever::said::<booking::BookingCancelled>("tells the customer"),
    Whenever::said::<booking::BookingExpired>("tells the customer"),
    Whenever::said::<booking::BookingRescheduled>("tells the customer, each of however many"),
    Whenever::said::<payment::PaymentApproved>("tells the customer"),
    Whenever::said::<payment::PaymentCancelled>("tells the customer, if money came back"),
    Whenever::said::<delivery::DeliveryStarted>("tells the customer"),
    Whenever::said::<delivery::DeliveryCompleted>("tells the customer"),
    Whenever::said::<delivery::DeliveryCancelled>("tells the customer"),
    Whenever::said::<streaming::LicenseGranted>("tells the customer"),
    Whenever::said::<streaming::LicenseRevoked>("tells the customer"),
];

type Told = Result<Option<Command>, Error>;

/// Whenever a booking is confirmed, cancelled, expired or moved (FR-52, FR-53).
pub(crate) fn on_booking(message: &Message) -> Told {
    let (name, payload) = (message.name.as_str(), &*message.payload);
    if name == booking::BookingConfirmed::full_name() {
        let said = booking::BookingConfirmed::decode(payload)?;
        let starts_at = said.start_time.map(|it| convert::time("start_time", it)).transpose()?;
        let topic = Topic::BookingConfirmed { amount: amount(said.amount)?, starts_at };
        tell(message, &said.booking_id, &said.customer_id, topic)
    } else if name == booking::BookingCancelled::full_name() {
        let said = booking::BookingCancelled::decode(payload)?;
        let topic = Topic::BookingCancelled { showing_cancelled: said.showing_cancelled };
        tell(message, &said.booking_id, &said.customer_id, topic)
    } else if name == booking::BookingExpired::full_name() {
        let said = booking::BookingExpired::decode(payload)?;
        tell(message, &said.booking_id, &said.customer_id, Topic::BookingExpired)
    } else if name == booking::BookingRescheduled::full_name() {
        let said = booking::BookingRescheduled::decode(payload)?;
        let topic = Topic::ShowingRescheduled {
            previously: time("previous_start_time", said.previous_start_time)?,
            starts_at: time("start_time", said.start_time)?,
        };
        tell(message, &said.booking_id, &said.customer_id, topic)
    } else {
        Ok(None)
    }
}

/// Whenever money was taken, or given back (FR-50, FR-51). That none was taken is no news.
pub(crate) fn on_payment(message: &Message) -> Told {
    let (name, payload) = (message.name.as_str(), &*message.payload);
    if name == payment::PaymentApproved::full_name() {
        let said = payment::PaymentApproved::decode(payload)?;
        let topic = Topic::PaymentApproved { amount: amount(said.amount)? };
        tell(message, &said.booking_id, &said.customer_id, topic)
    } else if name == payment::PaymentCancelled::full_name() {
        let said = payment::PaymentCancelled::decode(payload)?;
        let amount = amount(said.amount)?;
        if amount.minor() == 0 {
            return Ok(None);
        }
        let topic = Topic::PaymentCancelled { amount };
        tell(message, &said.booking_id, &said.customer_id, topic)
    } else {
        Ok(None)
    }
}

/// Whenever tickets are on their way, have arrived, or are called back.
pub(crate) fn on_delivery(message: &Message) -> Told {
    let (name, payload) = (message.name.as_str(), &*message.payload);
    if name == delivery::DeliveryStarted::full_name() {
        let said = delivery::DeliveryStarted::decode(payload)?;
        let by_post = said.method() == delivery::DeliveryMethod::Post;
        tell(message, &said.booking_id, &said.customer_id, Topic::DeliveryStarted { by_post })
    } else if name == delivery::DeliveryCompleted::full_name() {
        let said = delivery::DeliveryCompleted::decode(payload)?;
        tell(message, &said.booking_id, &said.customer_id, Topic::DeliveryCompleted)
    } else if name == delivery::DeliveryCancelled::full_name() {
        let said = delivery::DeliveryCancelled::decode(payload)?;
        tell(message, &said.booking_id, &said.customer_id, Topic::DeliveryCancelled)
    } else {
        Ok(None)
    }
}

/// Whenever a title may be watched, or may not any more.
pub(crate) fn on_streaming(message: &Message) -> Told {
    let (name, payload) = (message.name.as_str(), &*message.payload);
    if name == streaming::LicenseGranted::full_name() {
        let said = streaming::LicenseGranted::decode(payload)?;
        tell(message, &said.booking_id, &said.customer_id, Topic::LicenseGranted)
    } else if name == streaming::LicenseRevoked::full_name() {
        let said = streaming::LicenseRevoked::decode(payload)?;
        tell(message, &said.booking_id, &said.customer_id, Topic::LicenseRevoked)
    } else {
        Ok(None)
    }
}

/// The notice's id follows from the event's: whoever hears it again means the same notice.
fn tell(message: &Message, booking_id: &str, customer_id: &str, topic: Topic) -> Told {
    let booking_id: BookingId = convert::id("booking_id", booking_id)?;
    if customer_id.is_empty() {
        return Err(Malformed::new("customer_id", "is required").into());
    }
    let id = NoticeId(derived("notice", customer_id, message.id));
    let customer_id = CustomerId::new(customer_id);
    let notice = Notice::new(id, booking_id, customer_id, topic, message.time);
    let notice = Notice { traceparent: message.traceparent.clone(), ..notice };
    Ok(Some(Command::Tell(TellCustomer { notice })))
}

fn amount(said: Option<PbMoney>) -> Result<Money, Malformed> {
    convert::money("amount", &convert::required("amount", said)?)
}

fn time(field: &str, said: Option<Timestamp>) -> Result<Time, Malformed> {
    convert::time(field, convert::required(field, said)?)
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
