//! Wire to commands. Past here nothing is a string.

use boxoffice_contracts::booking::v1 as pb;
use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_contracts::page::{self, Page};
use boxoffice_kernel::id::derived;
use boxoffice_kernel::{BookingId, CustomerId, PaymentId, ShowingId, TitleId};
use boxoffice_runtime::{Caller, Role};
use prost::Message as _;
use uuid::Uuid;

use crate::Error;
use crate::commands::{CancelBooking, PayBooking};
use crate::config::Config;
use crate::domain::{Contact, Fulfilment, Item, Request, SeatName};
use crate::queries::Cursor;

/// Who reads which booking.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) booking_id: BookingId,
    /// `None`: customer care, who reads any.
    pub(crate) customer_id: Option<CustomerId>,
}

pub(super) fn place_booking(
    request: &pb::PlaceBookingRequest,
    caller: &Caller,
    config: &Config,
) -> Result<Request, Error> {
    let customer_id = caller.customer_id()?;
    let request_id = convert::uuid("request_id", &request.request_id)?;
    let item = item(request, config.most_seats)?;
    let contact = contact(request, caller);
    let id = BookingId(derived("booking", customer_id.as_str(), request_id));
    boxoffice_telemetry::about_booking(id);
    Ok(Request {
        id,
        fulfilment: fulfilment(request, &item, &contact)?,
        customer_id,
        fingerprint: Uuid::new_v5(&Uuid::NAMESPACE_OID, &request.encode_to_vec()),
        item,
        contact,
        method: (!request.payment_method.is_empty()).then(|| request.payment_method.clone()),
        traceparent: boxoffice_telemetry::current_traceparent(),
    })
}

pub(super) fn pay_booking(
    request: &pb::PayBookingRequest,
    caller: &Caller,
) -> Result<PayBooking, Error> {
    let customer_id = caller.customer_id()?;
    let booking_id = booking_id(&request.booking_id)?;
    let request_id = convert::uuid("request_id", &request.request_id)?;
    let purpose = format!("pay {booking_id}");
    Ok(PayBooking {
        booking_id,
        payment_id: PaymentId(derived(&purpose, customer_id.as_str(), request_id)),
        customer_id,
        method: request.payment_method.clone(),
    })
}

pub(super) fn cancel_booking(
    request: &pb::CancelBookingRequest,
    caller: &Caller,
) -> Result<CancelBooking, Error> {
    let Reader { booking_id, customer_id } = reader(&request.booking_id, caller)?;
    Ok(CancelBooking { booking_id, customer_id })
}

pub(super) fn reader(booking_id: &str, caller: &Caller) -> Result<Reader, Error> {
    let booking_id = self::booking_id(booking_id)?;
    let customer_id = if caller.is(Role::Care) { None } else { Some(caller.customer_id()?) };
    Ok(Reader { booking_id, customer_id })
}

pub(super) fn booking_id(booking_id: &str) -> Result<BookingId, Error> {
    let booking_id = BookingId(convert::uuid("booking_id", booking_id)?);
    boxoffice_telemetry::about_booking(booking_id);
    Ok(booking_id)
}

pub(super) fn check_attendance(
    request: &pb::CheckAttendanceRequest,
) -> Result<(CustomerId, TitleId), Error> {
    if request.customer_id.contains('\0') {
        return Err(Malformed::new("customer_id", "must not contain NUL").into());
    }
    let title_id = TitleId(convert::uuid("title_id", &request.title_id)?);
    Ok((CustomerId::new(&request.customer_id), title_id))
}

pub(super) fn list_bookings(
    request: &pb::ListBookingsRequest,
    caller: &Caller,
) -> Result<(CustomerId, Page<Cursor>), Error> {
    let customer_id = caller.customer_id()?;
    let filters = list_filters(&customer_id);
    let page = page::read(&filters, request.page_size, &request.page_token)?;
    Ok((customer_id, page))
}

/// What else decides what is listed: a token of somebody else's list is refused.
pub(super) fn list_filters(customer: &CustomerId) -> (&'static str, &str) {
    ("ListBookings", customer.as_str())
}

fn item(request: &pb::PlaceBookingRequest, most: u32) -> Result<Item, Error> {
    match &request.item {
        Some(pb::place_booking_request::Item::Showing(asked)) => {
            let showing_id = ShowingId(convert::uuid("showing.showing_id", &asked.showing_id)?);
            let seats = asked.seats.iter().cloned().map(SeatName).collect();
            Ok(Item::of_showing(showing_id, seats, asked.quantity, most)?)
        }
        Some(pb::place_booking_request::Item::HomeMovie(asked)) => {
            let title_id = TitleId(convert::uuid("home_movie.title_id", &asked.title_id)?);
            Ok(Item::HomeMovie { title_id })
        }
        None => Err(Malformed::new("item", "is required").into()),
    }
}

/// The token's, unless the booking says otherwise (design §4).
fn contact(request: &pb::PlaceBookingRequest, caller: &Caller) -> Contact {
    let given = request.contact.clone().unwrap_or_default();
    let or = |given: String, token: &Option<String>| {
        if given.is_empty() { token.clone().unwrap_or_default() } else { given }
    };
    Contact {
        name: given.name,
        phone: given.phone,
        email: or(given.email, &caller.email),
        address: given.address,
        language: or(given.language, &caller.language),
    }
}

fn fulfilment(
    request: &pb::PlaceBookingRequest,
    item: &Item,
    contact: &Contact,
) -> Result<Fulfilment, Error> {
    let at_home = matches!(item, Item::HomeMovie { .. });
    let addressed = !contact.address.is_empty();
    let problem = match (request.fulfilment(), at_home) {
        (pb::Fulfilment::Unspecified | pb::Fulfilment::Stream, true) => {
            return Ok(Fulfilment::Stream);
        }
        (pb::Fulfilment::Unspecified, false) if addressed => return Ok(Fulfilment::Post),
        (pb::Fulfilment::Unspecified | pb::Fulfilment::ETicket, false) => {
            return Ok(Fulfilment::ETicket);
        }
        (pb::Fulfilment::Post, false) if addressed => return Ok(Fulfilment::Post),
        (pb::Fulfilment::Post, false) => "by post needs `contact.address`",
        (pb::Fulfilment::Stream, false) => "by stream is for a title to watch at home",
        (pb::Fulfilment::ETicket | pb::Fulfilment::Post, true) => {
            "of a title to watch at home is by stream"
        }
    };
    Err(Malformed::new("fulfilment", problem).into())
}
