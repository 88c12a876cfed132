//! From the wire: what a request asks for, in words of my page.

use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_contracts::mypage::v1 as pb;
use boxoffice_contracts::page::{self, Page};
use boxoffice_kernel::{BookingId, CustomerId};
use boxoffice_runtime::Caller;
use serde::Serialize;
use uuid::Uuid;

use crate::Error;
use crate::domain::BookingStatus;
use crate::queries::{Cursor, Search, Viewer};
use crate::watchers::ResumeToken;

/// A page of bookings.
pub(super) struct Wanted {
    /// Which bookings.
    pub(super) search: Search,
    /// Which page.
    pub(super) page: Page<Cursor>,
    /// What a page token is bound to.
    pub(super) filters: Filters,
}

/// The list's name, then everything that decides what is listed.
#[derive(Serialize)]
pub(super) struct Filters(&'static str, String, String, String, i32, Option<i64>);

pub(super) fn list_my_bookings(
    caller: &Caller,
    request: &pb::ListMyBookingsRequest,
) -> Result<Wanted, Error> {
    let customer = caller.customer_id()?;
    let filters =
        Filters("ListMyBookings", customer.to_string(), String::new(), String::new(), 0, None);
    let page = page::read(&filters, request.page_size, &request.page_token)?;
    let search = Search { customer_id: Some(customer), ..Search::default() };
    Ok(Wanted { search, page, filters })
}

pub(super) fn search_bookings(request: &pb::SearchBookingsRequest) -> Result<Wanted, Error> {
    let since = request.stuck_since_time;
    let since = since.map(|time| convert::time("stuck_since_time", time)).transpose()?;
    let search = Search {
        customer_id: customer("customer_id", &request.customer_id)?,
        showing_id: id("showing_id", &request.showing_id)?,
        title_id: id("title_id", &request.title_id)?,
        status: status("booking_status", request.booking_status)?,
        stuck_since: since,
    };
    let filters = Filters(
        "SearchBookings",
        request.customer_id.clone(),
        request.showing_id.clone(),
        request.title_id.clone(),
        request.booking_status,
        since.map(|time| time.timestamp_micros()),
    );
    let page = page::read(&filters, request.page_size, &request.page_token)?;
    Ok(Wanted { search, page, filters })
}

pub(super) fn get_my_booking(
    caller: &Caller,
    request: &pb::GetMyBookingRequest,
) -> Result<(Viewer, BookingId), Error> {
    let viewer = Viewer::Customer(caller.customer_id()?);
    Ok((viewer, booking_id(&request.booking_id)?))
}

pub(super) fn get_care_booking(
    request: &pb::GetCareBookingRequest,
) -> Result<(Viewer, BookingId), Error> {
    Ok((Viewer::Care, booking_id(&request.booking_id)?))
}

fn booking_id(text: &str) -> Result<BookingId, Error> {
    let booking_id = convert::id("booking_id", text)?;
    boxoffice_telemetry::about_booking(booking_id);
    Ok(booking_id)
}

/// Whose bookings, and after which change.
pub(super) fn watch_my_bookings(
    caller: &Caller,
    request: &pb::WatchMyBookingsRequest,
) -> Result<(CustomerId, u64), Error> {
    let customer = caller.customer_id()?;
    let ResumeToken(seen) = ResumeToken::decode(&request.resume_token, &customer)?;
    Ok((customer, seen))
}

/// No token's subject has a control character, and PostgreSQL takes no NUL.
fn customer(field: &str, text: &str) -> Result<Option<CustomerId>, Malformed> {
    if text.chars().any(char::is_control) {
        return Err(Malformed::new(field, "must not have control characters"));
    }
    Ok(Some(text).filter(|text| !text.is_empty()).map(CustomerId::new))
}

fn id<T: From<Uuid>>(field: &str, text: &str) -> Result<Option<T>, Malformed> {
    if text.is_empty() { Ok(None) } else { Ok(Some(convert::uuid(field, text)?.into())) }
}

fn status(field: &str, number: i32) -> Result<Option<BookingStatus>, Malformed> {
    Ok(match convert::choice(field, number)? {
        pb::BookingStatus::Unspecified => None,
        pb::BookingStatus::Placed => Some(BookingStatus::Placed),
        pb::BookingStatus::AwaitingPayment => Some(BookingStatus::AwaitingPayment),
        pb::BookingStatus::Confirmed => Some(BookingStatus::Confirmed),
        pb::BookingStatus::Rejected => Some(BookingStatus::Rejected),
        pb::BookingStatus::Expired => Some(BookingStatus::Expired),
        pb::BookingStatus::Cancelled => Some(BookingStatus::Cancelled),
    })
}
