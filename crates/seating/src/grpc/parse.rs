//! Wire to command. What the rules in the proto have not caught is caught here, field by field.

use std::collections::BTreeSet;
use std::sync::Arc;

use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_contracts::page::{self, Page};
use boxoffice_contracts::seating::v1 as pb;
use boxoffice_contracts::seating::v1::schedule_showing_request::Admission;
use boxoffice_contracts::wkt::Timestamp;
use boxoffice_kernel::{Money, ShowingId, Time, id};
use boxoffice_runtime::Caller;
use prost::Message as _;
use uuid::Uuid;

use crate::Error;
use crate::commands::{
    CancelShowing, HoldSeats, RescheduleShowing, SaveHall, ScheduleShowing, Seating,
};
use crate::domain::{Ask, Flaw, Hall, HallId, Layout, Prices, Row, SeatName, Slot};
use crate::queries::{Cursor, Filter};
use crate::seat_map::ResumeToken;

pub(super) fn save_hall(request: pb::SaveHallRequest) -> Result<SaveHall, Error> {
    let hall = convert::required("hall", request.hall)?;
    Ok(SaveHall {
        hall: Hall {
            id: hall_id("hall.hall_id", &hall.hall_id)?,
            name: printable("hall.name", &hall.name, 1, 200)?,
            layout: layout("hall.rows", hall.rows)?,
        },
    })
}

pub(super) fn schedule_showing(
    caller: &Caller,
    request: pb::ScheduleShowingRequest,
) -> Result<ScheduleShowing, Error> {
    let request_id = convert::uuid("request_id", &request.request_id)?;
    let sub = caller.sub.as_deref().unwrap_or_default();
    let fingerprint = Uuid::new_v5(&Uuid::NAMESPACE_OID, &request.encode_to_vec());
    let seating = match convert::required("admission", request.admission)? {
        Admission::GeneralAdmission(general) => Seating::General {
            capacity: count("general_admission.capacity", general.capacity)?,
            price: price("general_admission.price", general.price)?,
        },
        Admission::SeatMap(seat_map) => seating(seat_map)?,
    };
    Ok(ScheduleShowing {
        showing_id: ShowingId(id::derived("showing", sub, request_id)),
        fingerprint,
        title_id: convert::id("title_id", &request.title_id)?,
        venue: printable("venue", &request.venue, 0, 200)?,
        slot: slot(request.start_time, request.end_time)?,
        seating,
    })
}

pub(super) fn reschedule_showing(
    request: pb::RescheduleShowingRequest,
) -> Result<RescheduleShowing, Error> {
    Ok(RescheduleShowing {
        showing_id: showing_id(&request.showing_id)?,
        slot: slot(request.start_time, request.end_time)?,
    })
}

pub(super) fn cancel_showing(request: &pb::CancelShowingRequest) -> Result<CancelShowing, Error> {
    Ok(CancelShowing { showing_id: showing_id(&request.showing_id)? })
}

pub(super) fn hold_seats(request: pb::HoldSeatsRequest) -> Result<HoldSeats, Error> {
    let quantity = count("showing.quantity", request.quantity)?;
    let seats = request.seats.iter().map(|name| SeatName::new(name)).collect();
    Ok(HoldSeats {
        booking_id: convert::id("booking_id", &request.booking_id)?,
        showing_id: showing_id(&request.showing_id)?,
        ask: Ask::new(seats, quantity)?,
    })
}

pub(super) fn list_showings(
    request: &pb::ListShowingsRequest,
) -> Result<(Filter, Page<Cursor>), Error> {
    let filter = Filter {
        title_id: match request.title_id.as_str() {
            "" => None,
            title_id => Some(convert::id("title_id", title_id)?),
        },
        start_from: moment("start_from", request.start_from)?,
        start_before: moment("start_before", request.start_before)?,
        show_cancelled: request.show_cancelled,
    };
    let page = page::read(&filters(request), request.page_size, &request.page_token)?;
    Ok((filter, page))
}

/// What a page token is good for.
pub(super) fn filters(request: &pb::ListShowingsRequest) -> impl serde::Serialize + use<> {
    let moment = |time: Option<Timestamp>| time.map(|it| (it.seconds, it.nanos));
    (
        "ListShowings",
        request.title_id.clone(),
        moment(request.start_from),
        moment(request.start_before),
        request.show_cancelled,
    )
}

pub(super) fn watch_seat_map(
    request: &pb::WatchSeatMapRequest,
) -> Result<(ShowingId, Option<u64>), Error> {
    let showing_id = showing_id(&request.showing_id)?;
    let since = match request.resume_token.as_str() {
        "" => None,
        token => Some(ResumeToken::decode(token, showing_id)?),
    };
    Ok((showing_id, since))
}

pub(super) fn showing_id(text: &str) -> Result<ShowingId, Error> {
    Ok(convert::id("showing_id", text)?)
}

pub(super) fn hall_id(field: &'static str, text: &str) -> Result<HallId, Error> {
    HallId::new(text).map_err(|flaw| Error::Flawed { field, flaw })
}

fn seating(seat_map: pb::SeatMap) -> Result<Seating, Error> {
    let prices = Arc::new(prices(seat_map.prices)?);
    match (seat_map.hall_id.is_empty(), seat_map.rows.is_empty()) {
        (false, true) => {
            Ok(Seating::Hall { hall_id: hall_id("seat_map.hall_id", &seat_map.hall_id)?, prices })
        }
        (true, false) => {
            Ok(Seating::Rows { layout: layout("seat_map.rows", seat_map.rows)?, prices })
        }
        (true, true) | (false, false) => Err(Flaw::HallOrRows.into()),
    }
}

fn prices(prices: Vec<pb::GradePrice>) -> Result<Prices, Error> {
    let prices = prices.into_iter().enumerate().map(|(at, it)| {
        let grade = printable(&format!("seat_map.prices[{at}].grade"), &it.grade, 1, 32)?;
        Ok((grade, price(&format!("seat_map.prices[{at}].price"), it.price)?))
    });
    Ok(Prices::new(prices.collect::<Result<_, Error>>()?)?)
}

fn layout(field: &'static str, rows: Vec<pb::Row>) -> Result<Arc<Layout>, Error> {
    let rows = rows.into_iter().enumerate().map(|(at, row)| {
        let field = |name: &str| format!("{field}[{at}].{name}");
        Ok(Row {
            grade: printable(&field("grade"), &row.grade, 1, 32)?,
            seats: count(&field("seats"), row.seats)?,
            blocked: numbers(&field("blocked"), &row.blocked)?,
            accessible: numbers(&field("accessible"), &row.accessible)?,
            curve: count(&field("curve"), row.curve)?,
            label: row.label,
        })
    });
    let layout = Layout::new(rows.collect::<Result<_, Error>>()?);
    layout.map(Arc::new).map_err(|flaw| Error::Flawed { field, flaw })
}

fn numbers(field: &str, numbers: &[i32]) -> Result<BTreeSet<u32>, Error> {
    numbers.iter().map(|number| count(field, *number)).collect()
}

fn count(field: &str, number: i32) -> Result<u32, Error> {
    let count = u32::try_from(number);
    Ok(count.map_err(|_| Malformed::new(field, "must not be negative"))?)
}

fn price(
    field: &str,
    price: Option<boxoffice_contracts::google::r#type::Money>,
) -> Result<Money, Error> {
    Ok(convert::money(field, &convert::required(field, price)?)?)
}

fn slot(start: Option<Timestamp>, end: Option<Timestamp>) -> Result<Slot, Error> {
    let start = convert::time("start_time", convert::required("start_time", start)?)?;
    let end = convert::time("end_time", convert::required("end_time", end)?)?;
    Ok(Slot::new(start, end)?)
}

fn moment(field: &str, time: Option<Timestamp>) -> Result<Option<Time>, Error> {
    Ok(time.map(|time| convert::time(field, time)).transpose()?)
}

/// Control characters are for terminals and attackers; PostgreSQL refuses one of them.
fn printable(field: &str, text: &str, least: usize, most: usize) -> Result<String, Error> {
    let text = text.trim();
    if !(least..=most).contains(&text.chars().count()) || text.contains(char::is_control) {
        let problem =
            format!("must have {least}–{most} characters, none of them a control character");
        return Err(Malformed::new(field, problem).into());
    }
    Ok(text.to_owned())
}
