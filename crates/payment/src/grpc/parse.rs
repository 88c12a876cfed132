//! From the wire: what a request asks for, in words of payment.

use boxoffice_contracts::payment::v1 as pb;
use boxoffice_contracts::{convert, page};
use boxoffice_kernel::{BookingId, CustomerId, PaymentId};
use boxoffice_runtime::{Caller, Role};

use crate::Error;
use crate::domain::{Intent, Method};
use crate::queries::{List, Viewer};

pub(super) fn get_payment(
    caller: &Caller,
    request: &pb::GetPaymentRequest,
) -> Result<(Viewer, PaymentId), Error> {
    Ok((viewer(caller)?, convert::id("payment_id", &request.payment_id)?))
}

pub(super) fn list_payments(
    caller: &Caller,
    request: &pb::ListPaymentsRequest,
) -> Result<List, Error> {
    let viewer = viewer(caller)?;
    let booking_id: Option<BookingId> = match request.booking_id.as_str() {
        "" => None,
        id => Some(convert::id("booking_id", id)?),
    };
    let filters = List::filters(&viewer, booking_id);
    let page = page::read(&filters, request.page_size, &request.page_token)?;
    Ok(List { viewer, booking_id, page })
}

pub(super) fn approve_payment(request: pb::ApprovePaymentRequest) -> Result<Intent, Error> {
    let amount = convert::required("amount", request.amount)?;
    let expires_at = convert::required("expire_time", request.expire_time)?;
    let booking_id: BookingId = convert::id("booking_id", &request.booking_id)?;
    boxoffice_telemetry::about_booking(booking_id);
    Ok(Intent {
        payment_id: convert::id("payment_id", &request.payment_id)?,
        booking_id,
        customer_id: CustomerId::new(&request.customer_id),
        amount: convert::money("amount", &amount)?,
        method: Method::new(request.payment_method),
        expires_at: convert::time("expire_time", expires_at)?,
        traceparent: boxoffice_telemetry::current_traceparent(),
    })
}

fn viewer(caller: &Caller) -> Result<Viewer, Error> {
    if caller.is(Role::Care) {
        return Ok(Viewer::Care);
    }
    Ok(Viewer::Customer(caller.customer_id()?))
}
