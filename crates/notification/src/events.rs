//! Notification's published language: the only place where its words meet protobuf's.

use boxoffice_contracts::notification::v1 as pb;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use prost::Name;

use crate::domain::{Event, Topic};

/// A notice says nothing but that it was sent, and that once.
const ONLY: u64 = 1;

/// Makes the message that says `event` to whoever listens.
pub(crate) fn encode(event: &Event) -> Message {
    match event {
        Event::Sent { notice, at } => {
            let said = pb::NoticeSent {
                notice_id: notice.id.to_string(),
                booking_id: notice.booking_id.to_string(),
                customer_id: notice.customer_id.to_string(),
                kind: kind(&notice.topic).into(),
            };
            let name = pb::NoticeSent::full_name();
            let (id, booking_id) = (notice.id.0, notice.booking_id.0);
            let payload = prost::Message::encode_to_vec(&said);
            Message::new(Context::NOTIFICATION, name, id, ONLY, booking_id, *at, payload)
        }
    }
}

/// A topic without its facts.
pub(crate) const fn kind(topic: &Topic) -> pb::NoticeKind {
    match topic {
        Topic::PaymentApproved { .. } => pb::NoticeKind::PaymentApproved,
        Topic::PaymentCancelled { .. } => pb::NoticeKind::PaymentCancelled,
        Topic::BookingConfirmed { .. } => pb::NoticeKind::BookingConfirmed,
        Topic::BookingCancelled { .. } => pb::NoticeKind::BookingCancelled,
        Topic::BookingExpired => pb::NoticeKind::BookingExpired,
        Topic::ShowingRescheduled { .. } => pb::NoticeKind::ShowingRescheduled,
        Topic::DeliveryStarted { .. } => pb::NoticeKind::DeliveryStarted,
        Topic::DeliveryCompleted => pb::NoticeKind::DeliveryCompleted,
        Topic::DeliveryCancelled => pb::NoticeKind::DeliveryCancelled,
        Topic::LicenseGranted => pb::NoticeKind::LicenseGranted,
        Topic::LicenseRevoked => pb::NoticeKind::LicenseRevoked,
    }
}
