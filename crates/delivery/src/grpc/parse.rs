//! From the wire: what a request asks for, in words of delivery.

use boxoffice_contracts::delivery::v1 as pb;
use boxoffice_contracts::{convert, page};
use boxoffice_kernel::{BookingId, DeliveryId, TicketId};
use boxoffice_runtime::{Caller, Role};

use crate::Error;
use crate::commands::CompleteDelivery;
use crate::queries::{List, Viewer};

pub(super) fn get_delivery(
    caller: &Caller,
    request: &pb::GetDeliveryRequest,
) -> Result<(Viewer, DeliveryId), Error> {
    let viewer = if caller.is(Role::Care) { Viewer::Care } else { customer(caller)? };
    Ok((viewer, convert::id("delivery_id", &request.delivery_id)?))
}

pub(super) fn list_deliveries(
    caller: &Caller,
    request: &pb::ListDeliveriesRequest,
) -> Result<List, Error> {
    let viewer = match caller {
        caller if caller.is(Role::Care) => Viewer::Care,
        caller if caller.is(Role::Admin) => Viewer::BoxOffice,
        caller => customer(caller)?,
    };
    let booking_id: Option<BookingId> = match request.booking_id.as_str() {
        "" => None,
        id => Some(convert::id("booking_id", id)?),
    };
    let filters = List::filters(&viewer, booking_id);
    let page = page::read(&filters, request.page_size, &request.page_token)?;
    Ok(List { viewer, booking_id, page })
}

pub(super) fn get_ticket_qr_code(
    caller: &Caller,
    request: &pb::GetTicketQrCodeRequest,
) -> Result<(Viewer, (DeliveryId, TicketId)), Error> {
    let delivery_id = convert::id("delivery_id", &request.delivery_id)?;
    let ticket_id = convert::id("ticket_id", &request.ticket_id)?;
    Ok((customer(caller)?, (delivery_id, ticket_id)))
}

pub(super) fn complete_delivery(
    request: &pb::CompleteDeliveryRequest,
) -> Result<CompleteDelivery, Error> {
    Ok(CompleteDelivery { delivery_id: convert::id("delivery_id", &request.delivery_id)? })
}

fn customer(caller: &Caller) -> Result<Viewer, Error> {
    Ok(Viewer::Customer(caller.customer_id()?))
}
