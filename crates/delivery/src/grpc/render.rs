//! To the wire, for answers and events alike.

use boxoffice_contracts::delivery::v1 as pb;
use boxoffice_contracts::{convert, page};

use crate::domain::{Delivery, Method, Parcel, State, Ticket};
use crate::issuer::PublicKey;
use crate::queries::{Deliveries, List, Viewer};

pub(super) fn delivery(delivery: &Delivery) -> pb::Delivery {
    let parcel = match delivery.method {
        Method::ETicket => None,
        Method::Post => Some(delivery.parcel.as_ref().map(parcel).unwrap_or_default()),
    };
    pb::Delivery {
        delivery_id: delivery.id.to_string(),
        booking_id: delivery.booking_id.to_string(),
        customer_id: delivery.customer_id.to_string(),
        showing_id: delivery.showing_id.to_string(),
        method: method(delivery.method).into(),
        state: state(delivery.state).into(),
        tickets: delivery.tickets.iter().map(ticket).collect(),
        parcel,
        create_time: Some(convert::timestamp(delivery.created_at)),
        update_time: Some(convert::timestamp(delivery.updated_at)),
    }
}

/// For the box office, which has to do neither with whom it is for, nor with what lets anybody in.
pub(super) fn delivery_of_anybody(delivery: &Delivery) -> pb::Delivery {
    let mut delivery = self::delivery(delivery);
    if let Some(parcel) = &mut delivery.parcel {
        let pb::Parcel { shipper, tracking_number, .. } = std::mem::take(parcel);
        *parcel = pb::Parcel { shipper, tracking_number, ..pb::Parcel::default() };
    }
    delivery.tickets.iter_mut().for_each(|ticket| ticket.code.clear());
    delivery
}

pub(super) fn deliveries(list: &List, found: &Deliveries) -> pb::ListDeliveriesResponse {
    let filters = List::filters(&list.viewer, list.booking_id);
    let next = found.next.as_ref().map(|last| page::token(&filters, last));
    let delivery = match list.viewer {
        Viewer::Customer(_) | Viewer::Care => delivery,
        Viewer::BoxOffice => delivery_of_anybody,
    };
    pb::ListDeliveriesResponse {
        deliveries: found.deliveries.iter().map(delivery).collect(),
        next_page_token: next.unwrap_or_default(),
    }
}

pub(super) fn ticket(ticket: &Ticket) -> pb::Ticket {
    pb::Ticket {
        ticket_id: ticket.id.to_string(),
        seat: ticket.seat.clone().unwrap_or_default(),
        code: ticket.code.clone().unwrap_or_default(),
        check_in_time: ticket.checked_in_at.map(convert::timestamp),
    }
}

pub(super) fn keys(keys: Vec<PublicKey>) -> pb::ListTicketKeysResponse {
    let key = |PublicKey { key_id, jwk }| pb::TicketKey { key_id, jwk };
    pb::ListTicketKeysResponse { keys: keys.into_iter().map(key).collect() }
}

pub(crate) fn method(method: Method) -> pb::DeliveryMethod {
    match method {
        Method::ETicket => pb::DeliveryMethod::ETicket,
        Method::Post => pb::DeliveryMethod::Post,
    }
}

fn parcel(parcel: &Parcel) -> pb::Parcel {
    let Parcel { shipper, tracking_number, contact } = parcel.clone();
    pb::Parcel {
        shipper,
        tracking_number,
        name: contact.name,
        phone: contact.phone,
        address: contact.address,
    }
}

fn state(state: State) -> pb::DeliveryState {
    match state {
        State::Started => pb::DeliveryState::Started,
        State::Completed => pb::DeliveryState::Completed,
        State::Cancelled => pb::DeliveryState::Cancelled,
    }
}
