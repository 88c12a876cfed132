//! A booking service that answers from what it was asked.

use std::time::Duration;

use boxoffice_contracts::booking::v1::booking_service_server::BookingService;
use boxoffice_contracts::booking::v1::{
    Booking, BookingState, CancelBookingRequest, CancelBookingResponse, Contact, GetBookingRequest,
    GetBookingResponse, ListBookingsRequest, ListBookingsResponse, PayBookingRequest,
    PayBookingResponse, PlaceBookingRequest, PlaceBookingResponse, WatchBookingRequest,
    WatchBookingResponse, booking, place_booking_request,
};
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

pub(crate) const ID: &str = "0198d0a5-7c1b-7b3e-9c53-5c4c3f6f4f10";
pub(crate) const UNKNOWN: &str = "0198d0a5-7c1b-7b3e-9c53-000000000000";

#[derive(Clone)]
pub(crate) struct Fake;

fn found(booking_id: String, state: BookingState) -> Result<Booking, Status> {
    if booking_id == UNKNOWN {
        return Err(Status::not_found("no such booking"));
    }
    Ok(Booking { booking_id, state: state.into(), ..Default::default() })
}

fn unreachable() -> Status {
    let mut details = ErrorDetails::with_error_info("PAYMENT_UNREACHABLE", "boxoffice", []);
    details.set_retry_info(Some(Duration::from_millis(1500)));
    Status::with_error_details(Code::Unavailable, "payment does not answer", details)
}

#[tonic::async_trait]
impl BookingService for Fake {
    async fn place_booking(
        &self,
        request: Request<PlaceBookingRequest>,
    ) -> Result<Response<PlaceBookingResponse>, Status> {
        let metadata = request.metadata().clone().into_headers();
        let header = |name: &str| metadata.get(name).map(|it| it.to_str().unwrap().to_owned());
        let names: Vec<_> = metadata.keys().map(ToString::to_string).collect();
        let asked = request.into_inner();
        let (item, contact) = match asked.item.unwrap() {
            place_booking_request::Item::Showing(it) => (booking::Item::Showing(it), None),
            place_booking_request::Item::HomeMovie(it) => {
                let contact = Contact { name: names.join(" "), ..Default::default() };
                (booking::Item::HomeMovie(it), Some(contact))
            }
        };
        let mut response = Response::new(PlaceBookingResponse {
            booking: Some(Booking {
                booking_id: asked.request_id,
                customer_id: header("authorization").unwrap_or_default(),
                state: BookingState::Confirmed.into(),
                item: Some(item),
                contact,
                ..Default::default()
            }),
        });
        if let Some(id) = header("x-request-id") {
            response.metadata_mut().insert("x-request-id", id.parse().unwrap());
        }
        Ok(response)
    }

    async fn pay_booking(
        &self,
        _: Request<PayBookingRequest>,
    ) -> Result<Response<PayBookingResponse>, Status> {
        Err(unreachable())
    }

    async fn cancel_booking(
        &self,
        request: Request<CancelBookingRequest>,
    ) -> Result<Response<CancelBookingResponse>, Status> {
        let booking = found(request.into_inner().booking_id, BookingState::Cancelled)?;
        Ok(Response::new(CancelBookingResponse { booking: Some(booking) }))
    }

    async fn get_booking(
        &self,
        request: Request<GetBookingRequest>,
    ) -> Result<Response<GetBookingResponse>, Status> {
        let booking = found(request.into_inner().booking_id, BookingState::Placed)?;
        Ok(Response::new(GetBookingResponse { booking: Some(booking) }))
    }

    async fn list_bookings(
        &self,
        _: Request<ListBookingsRequest>,
    ) -> Result<Response<ListBookingsResponse>, Status> {
        Ok(Response::new(ListBookingsResponse::default()))
    }

    type WatchBookingStream =
        tokio_stream::Iter<std::vec::IntoIter<Result<WatchBookingResponse, Status>>>;

    async fn watch_booking(
        &self,
        request: Request<WatchBookingRequest>,
    ) -> Result<Response<Self::WatchBookingStream>, Status> {
        let booking = found(request.into_inner().booking_id, BookingState::Placed)?;
        let at = |version: i64| WatchBookingResponse {
            booking: Some(Booking { version, ..booking.clone() }),
            resume_token: version.to_string(),
        };
        let answers = vec![Ok(at(1)), Ok(at(2)), Err(unreachable())];
        Ok(Response::new(tokio_stream::iter(answers)))
    }
}
