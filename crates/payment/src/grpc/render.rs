//! To the wire. The payment method stays here.

use boxoffice_contracts::payment::v1 as pb;
use boxoffice_contracts::{convert, page};

use crate::domain::{Payment, Reference, State};
use crate::queries::{List, Payments};

pub(super) fn payment(payment: &Payment) -> pb::Payment {
    let Payment { intent, .. } = payment;
    let (state, reason, reference) = state(&payment.state);
    pb::Payment {
        payment_id: intent.payment_id.to_string(),
        booking_id: intent.booking_id.to_string(),
        customer_id: intent.customer_id.to_string(),
        amount: Some(convert::price(intent.amount)),
        state: state.into(),
        provider_reason: reason.to_owned(),
        provider_reference: reference.map(|it| it.0.clone()).unwrap_or_default(),
        create_time: Some(convert::timestamp(payment.created_at)),
        update_time: Some(convert::timestamp(payment.updated_at)),
    }
}

pub(super) fn payments(list: &List, found: &Payments) -> pb::ListPaymentsResponse {
    let filters = List::filters(&list.viewer, list.booking_id);
    let next = found.next.as_ref().map(|last| page::token(&filters, last));
    pb::ListPaymentsResponse {
        payments: found.payments.iter().map(payment).collect(),
        next_page_token: next.unwrap_or_default(),
    }
}

/// What is being voided is still being asked about.
fn state(state: &State) -> (pb::PaymentState, &str, Option<&Reference>) {
    match state {
        State::Pending | State::Voiding => (pb::PaymentState::Pending, "", None),
        State::Approved { reference } => (pb::PaymentState::Approved, "", Some(reference)),
        State::Declined { reason } => (pb::PaymentState::Declined, reason, None),
        State::Refunding { reference } => (pb::PaymentState::Refunding, "", Some(reference)),
        State::Cancelled { reference } => (pb::PaymentState::Cancelled, "", reference.as_ref()),
    }
}
