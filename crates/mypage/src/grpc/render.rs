//! To the wire.

use boxoffice_contracts::mypage::v1 as pb;
use boxoffice_contracts::{convert, page};
use boxoffice_kernel::CustomerId;

use super::parse::Wanted;
use crate::domain::{BookingStatus, DeliveryStatus, LicenseStatus, PaymentStatus, Step};
use crate::queries::{View, Views};
use crate::watchers::ResumeToken;

/// One page, and the token of the next.
pub(super) fn page(wanted: &Wanted, found: &Views) -> (Vec<pb::BookingView>, String) {
    let next = found.next.as_ref().map(|last| page::token(&wanted.filters, last));
    (found.views.iter().map(view).collect(), next.unwrap_or_default())
}

pub(super) fn update(seen: &View, customer: &CustomerId) -> pb::WatchMyBookingsResponse {
    pb::WatchMyBookingsResponse {
        booking: Some(view(seen)),
        resume_token: ResumeToken(seen.version).encode(customer),
    }
}

pub(super) fn view(view: &View) -> pb::BookingView {
    let booking = &view.booking;
    let seats = booking.seats.value.as_ref();
    pb::BookingView {
        booking_id: booking.id.to_string(),
        customer_id: text(booking.customer_id.as_ref()),
        title_id: text(view.title_id()),
        title_name: view.title_name().to_owned(),
        showing_id: text(booking.showing_id),
        venue: view.venue().to_owned(),
        seats: seats.map(|seats| seats.names.clone()).unwrap_or_default(),
        quantity: seats.map(|seats| seats.quantity.cast_signed()).unwrap_or_default(),
        amount: booking.amount.map(convert::price),
        start_time: view.starts_at().map(convert::timestamp),
        booking_status: booking_status(booking.status()).into(),
        payment_status: payment_status(booking.payment_status()).into(),
        delivery_status: delivery_status(booking.delivery.value).into(),
        license_status: license_status(booking.license.value).into(),
        create_time: Some(convert::timestamp(booking.created_at)),
        update_time: Some(convert::timestamp(booking.updated_at)),
    }
}

pub(super) fn steps(steps: &[Step]) -> Vec<pb::Step> {
    let step = |step: &Step| pb::Step {
        event_id: step.event_id.to_string(),
        name: step.name.clone(),
        context: step.context.to_string(),
        time: Some(convert::timestamp(step.time)),
        cause_id: text(step.cause_id),
        reason: step.reason.clone().unwrap_or_default(),
        trace_id: step.trace_id.clone().unwrap_or_default(),
    };
    steps.iter().map(step).collect()
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn booking_status(status: Option<BookingStatus>) -> pb::BookingStatus {
    match status {
        None => pb::BookingStatus::Unspecified,
        Some(BookingStatus::Placed) => pb::BookingStatus::Placed,
        Some(BookingStatus::AwaitingPayment) => pb::BookingStatus::AwaitingPayment,
        Some(BookingStatus::Confirmed) => pb::BookingStatus::Confirmed,
        Some(BookingStatus::Rejected) => pb::BookingStatus::Rejected,
        Some(BookingStatus::Expired) => pb::BookingStatus::Expired,
        Some(BookingStatus::Cancelled) => pb::BookingStatus::Cancelled,
    }
}

fn payment_status(status: Option<PaymentStatus>) -> pb::PaymentStatus {
    match status {
        None => pb::PaymentStatus::Unspecified,
        Some(PaymentStatus::Pending) => pb::PaymentStatus::Pending,
        Some(PaymentStatus::Approved) => pb::PaymentStatus::Approved,
        Some(PaymentStatus::Declined) => pb::PaymentStatus::Declined,
        Some(PaymentStatus::Cancelled) => pb::PaymentStatus::Cancelled,
    }
}

fn delivery_status(status: Option<DeliveryStatus>) -> pb::DeliveryStatus {
    match status {
        None => pb::DeliveryStatus::Unspecified,
        Some(DeliveryStatus::Started) => pb::DeliveryStatus::Started,
        Some(DeliveryStatus::Completed) => pb::DeliveryStatus::Completed,
        Some(DeliveryStatus::Cancelled) => pb::DeliveryStatus::Cancelled,
    }
}

fn license_status(status: Option<LicenseStatus>) -> pb::LicenseStatus {
    match status {
        None => pb::LicenseStatus::Unspecified,
        Some(LicenseStatus::Granted) => pb::LicenseStatus::Granted,
        Some(LicenseStatus::Watched) => pb::LicenseStatus::Watched,
        Some(LicenseStatus::Revoked) => pb::LicenseStatus::Revoked,
    }
}
