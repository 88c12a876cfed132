//! Every public call, as it is when nothing is wrong with it.

use boxoffice_acceptance::booking::v1 as booking;
use boxoffice_acceptance::catalog::v1 as catalog;
use boxoffice_acceptance::payment::v1 as payment;
use boxoffice_acceptance::seating::v1 as seating;
use boxoffice_acceptance::{Context, Person, World, id};
use boxoffice_contracts::prost::Message;
use reqwest::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

macro_rules! call {
    ($context:ident $service:literal $rpc:literal $message:ty, $method:ident $path:literal, $body:expr, $admin:literal, $request:expr) => {
        Call {
            context: Context::$context,
            rpc: concat!("/boxoffice.", $service, "/", $rpc),
            method: Method::$method,
            path: $path,
            body: $body,
            request: $request,
            encode: encoded::<$message>,
            admin: $admin,
        }
    };
}

mod supporting;

/// RPCs with an HTTP annotation.
pub(super) const HTTP_RPCS: usize = 43;

/// One RPC.
pub(super) struct Call {
    pub(super) context: Context,
    /// `/boxoffice.booking.v1.BookingService/PlaceBooking`.
    pub(super) rpc: &'static str,
    pub(super) method: Method,
    /// With the request's fields in braces, in their JSON names: `/v1/bookings/{bookingId}:pay`.
    pub(super) path: &'static str,
    body: Body,
    /// As proto3 JSON.
    pub(super) request: Value,
    /// Of such JSON, if it is the message at all.
    pub(super) encode: fn(Value) -> Option<Vec<u8>>,
    admin: bool,
}

/// What of the request is the HTTP body.
enum Body {
    /// Everything that is not in the path.
    All,
    /// One field.
    Field(&'static str),
    /// Nothing; the rest is in the query.
    None,
}

fn encoded<T: Message + DeserializeOwned>(json: Value) -> Option<Vec<u8>> {
    serde_json::from_value::<T>(json).ok().map(|it| it.encode_to_vec())
}

// === impl Call ===

impl Call {
    pub(super) fn person(&self, world: &World) -> Person {
        match self.admin {
            true => world.admin(),
            false if self.rpc.contains("CareService") => world.care(),
            false => world.customer("mallory"),
        }
    }

    /// The same request as HTTP.
    pub(super) fn http(&self, person: &Person, request: &Value) -> RequestBuilder {
        let mut left = request.clone();
        let mut path = String::new();
        for part in self.path.split('{') {
            let Some((field, rest)) = part.split_once('}') else {
                path.push_str(part);
                continue;
            };
            let pointer = format!("/{}", field.replace('.', "/"));
            let value = left.pointer_mut(&pointer).map(Value::take).unwrap_or_default();
            path.push_str(&escaped(&text(&value)));
            path.push_str(rest);
        }
        let http = person.client(self.context).http(self.method.clone(), &path);
        match self.body {
            Body::All => http.json(&left),
            Body::Field(field) => http.json(&left[field]),
            Body::None => http.query(&query(&left)),
        }
    }
}

/// As it stands in a path or a query.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Percent-encoded, whatever it is.
fn escaped(text: &str) -> String {
    let plain = |it: &u8| it.is_ascii_alphanumeric() || *it == b'-';
    text.bytes()
        .map(|it| if plain(&it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}

fn query(left: &Value) -> Vec<(String, String)> {
    let fields = left.as_object().into_iter().flatten().filter(|(_, it)| !it.is_null());
    let pairs = fields.flat_map(|(name, it)| match it.as_object() {
        Some(below) => below.iter().map(|(sub, it)| (format!("{name}.{sub}"), text(it))).collect(),
        None => vec![(name.clone(), text(it))],
    });
    pairs.collect()
}

/// All of them.
pub(super) fn all(showing: &str, places: &str) -> Vec<Call> {
    titles()
        .into_iter()
        .chain(showings())
        .chain(seats(showing))
        .chain(bookings(showing, places))
        .chain(supporting::all())
        .collect()
}

fn titles() -> Vec<Call> {
    let day = |day: i32| json!({ "year": 2027, "month": 2, "day": day });
    let title = json!({
        "titleId": id(), "kind": "KIND_FILM", "name": "Nonsense", "synopsis": "None.",
        "runningTime": "5400s", "runStart": day(1), "runEnd": day(28),
        "posterUri": "https://example.com/poster.png",
        "homePrice": { "currencyCode": "EUR", "units": "12", "nanos": 500_000_000 },
    });
    vec![
        call!(CATALOG "catalog.v1.CatalogService" "RegisterTitle" catalog::RegisterTitleRequest,
            POST "/v1/titles", Body::All, true, json!({ "requestId": id(), "title": title })),
        call!(CATALOG "catalog.v1.CatalogService" "GetTitle" catalog::GetTitleRequest,
            GET "/v1/titles/{titleId}", Body::None, false, json!({ "titleId": id() })),
        call!(CATALOG "catalog.v1.CatalogService" "ListTitles" catalog::ListTitlesRequest,
        GET "/v1/titles", Body::None, false, json!({
            "query": "nonsense", "kind": "KIND_FILM", "runningOn": day(3),
            "pageSize": 3, "pageToken": "nonsense",
        })),
        call!(CATALOG "catalog.v1.CatalogService" "UpdateTitle" catalog::UpdateTitleRequest,
            PATCH "/v1/titles/{title.titleId}", Body::Field("title"), true,
            json!({ "title": title, "updateMask": "name,homePrice" })),
        call!(CATALOG "catalog.v1.CatalogService" "RemoveTitle" catalog::RemoveTitleRequest,
            DELETE "/v1/titles/{titleId}", Body::None, true, json!({ "titleId": id() })),
    ]
}

fn showings() -> Vec<Call> {
    let price = json!({ "currencyCode": "KRW", "units": "9000" });
    let row = json!({
        "label": "A", "seats": 12, "grade": "R", "blocked": [3], "accessible": [12], "curve": 9,
    });
    let slot = |more: Value| {
        let mut request = json!({
            "startTime": "2027-02-01T10:00:00Z", "endTime": "2027-02-01T12:00:00Z",
        });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let (request_id, title_id) = (id(), id());
    let general = slot(json!({
        "requestId": request_id, "titleId": title_id, "venue": "Nowhere",
        "generalAdmission": { "capacity": 10, "price": price },
    }));
    let seat_map = slot(json!({
        "requestId": id(), "titleId": title_id, "venue": "Nowhere",
        "seatMap": { "rows": [row], "prices": [{ "grade": "R", "price": price }] },
    }));
    let service = |request| {
        call!(SEATING "seating.v1.SeatingService" "ScheduleShowing" seating::ScheduleShowingRequest,
            POST "/v1/showings", Body::All, true, request)
    };
    vec![
        service(general),
        service(seat_map),
        call!(SEATING "seating.v1.SeatingService" "SaveHall" seating::SaveHallRequest,
            PUT "/v1/halls/{hall.hallId}", Body::Field("hall"), true,
            json!({ "hall": { "hallId": "nonsense", "name": "None", "rows": [row] } })),
        call!(SEATING "seating.v1.SeatingService" "GetHall" seating::GetHallRequest,
            GET "/v1/halls/{hallId}", Body::None, false, json!({ "hallId": "no-such-hall" })),
        call!(SEATING "seating.v1.SeatingService" "ListShowings" seating::ListShowingsRequest,
        GET "/v1/showings", Body::None, false, json!({
            "titleId": id(), "startFrom": "2026-01-01T00:00:00Z",
            "startBefore": "2028-01-01T00:00:00Z", "showCancelled": true,
            "pageSize": 3, "pageToken": "nonsense",
        })),
        call!(SEATING "seating.v1.SeatingService" "RescheduleShowing" seating::RescheduleShowingRequest,
            POST "/v1/showings/{showingId}:reschedule", Body::All, true,
            slot(json!({ "showingId": id() }))),
        call!(SEATING "seating.v1.SeatingService" "CancelShowing" seating::CancelShowingRequest,
            POST "/v1/showings/{showingId}:cancel", Body::All, true, json!({ "showingId": id() })),
    ]
}

fn seats(showing: &str) -> Vec<Call> {
    vec![
        call!(SEATING "seating.v1.SeatingService" "GetShowing" seating::GetShowingRequest,
            GET "/v1/showings/{showingId}", Body::None, false, json!({ "showingId": showing })),
        call!(SEATING "seating.v1.SeatingService" "GetSeatMap" seating::GetSeatMapRequest,
            GET "/v1/showings/{showingId}/seats", Body::None, false, json!({ "showingId": showing })),
        call!(SEATING "seating.v1.SeatingService" "WatchSeatMap" seating::WatchSeatMapRequest,
            GET "/v1/showings/{showingId}/seats:watch", Body::None, false,
            json!({ "showingId": showing, "resumeToken": "nonsense" })),
    ]
}

fn bookings(showing: &str, places: &str) -> Vec<Call> {
    let contact = json!({
        "name": "Mallory", "phone": "1", "email": "m@example.com", "address": "Here", "language": "ko",
    });
    let place = |item: Value| {
        let mut request = json!({
            "requestId": id(), "paymentMethod": "pm_card_visa",
            "fulfilment": "FULFILMENT_E_TICKET", "contact": contact,
        });
        request.as_object_mut().unwrap().extend(item.as_object().unwrap().clone());
        call!(BOOKING "booking.v1.BookingService" "PlaceBooking" booking::PlaceBookingRequest,
            POST "/v1/bookings", Body::All, false, request)
    };
    vec![
        place(json!({ "showing": { "showingId": showing, "seats": ["A-1", "A-2"] } })),
        place(json!({ "showing": { "showingId": places, "quantity": 1 } })),
        place(json!({ "homeMovie": { "titleId": id() } })),
        call!(BOOKING "booking.v1.BookingService" "PayBooking" booking::PayBookingRequest,
            POST "/v1/bookings/{bookingId}:pay", Body::All, false,
            json!({ "bookingId": id(), "requestId": id(), "paymentMethod": "pm_card_visa" })),
        call!(BOOKING "booking.v1.BookingService" "CancelBooking" booking::CancelBookingRequest,
            POST "/v1/bookings/{bookingId}:cancel", Body::All, false, json!({ "bookingId": id() })),
        call!(BOOKING "booking.v1.BookingService" "GetBooking" booking::GetBookingRequest,
            GET "/v1/bookings/{bookingId}", Body::None, false, json!({ "bookingId": id() })),
        call!(BOOKING "booking.v1.BookingService" "ListBookings" booking::ListBookingsRequest,
            GET "/v1/bookings", Body::None, false, json!({ "pageSize": 3, "pageToken": "nonsense" })),
        call!(BOOKING "booking.v1.BookingService" "WatchBooking" booking::WatchBookingRequest,
            GET "/v1/bookings/{bookingId}:watch", Body::None, false,
            json!({ "bookingId": id(), "resumeToken": "3" })),
        call!(PAYMENT "payment.v1.PaymentService" "GetPayment" payment::GetPaymentRequest,
            GET "/v1/payments/{paymentId}", Body::None, false, json!({ "paymentId": id() })),
        call!(PAYMENT "payment.v1.PaymentService" "ListPayments" payment::ListPaymentsRequest,
            GET "/v1/payments", Body::None, false,
            json!({ "bookingId": id(), "pageSize": 3, "pageToken": "nonsense" })),
    ]
}
