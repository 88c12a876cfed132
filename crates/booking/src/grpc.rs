//! The gRPC face of booking. Each method parses, runs, renders.

mod lookup;
mod parse;

pub(crate) mod render;
mod watch;

use boxoffice_contracts::booking::v1::booking_service_server::BookingService;
use boxoffice_contracts::booking::v1::{
    CancelBookingRequest, CancelBookingResponse, GetBookingRequest, GetBookingResponse,
    ListBookingsRequest, ListBookingsResponse, PayBookingRequest, PayBookingResponse,
    PlaceBookingRequest, PlaceBookingResponse, WatchBookingRequest, WatchBookingResponse,
};
use boxoffice_runtime::auth::Caller;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status};

pub(crate) use self::parse::Reader;

use crate::App;

/// Serves `boxoffice.booking.v1.BookingService` and `BookingLookupService`.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

// === impl Grpc ===

#[tonic::async_trait]
impl BookingService for Grpc {
    type WatchBookingStream = BoxStream<'static, Result<WatchBookingResponse, Status>>;

    async fn place_booking(
        &self,
        request: Request<PlaceBookingRequest>,
    ) -> Result<Response<PlaceBookingResponse>, Status> {
        let asked = parse::place_booking(request.get_ref(), &Caller::current(), &self.app.config)?;
        let booking = self.app.place(asked).await?;
        Ok(Response::new(PlaceBookingResponse { booking: Some(render::booking(&booking)) }))
    }

    async fn pay_booking(
        &self,
        request: Request<PayBookingRequest>,
    ) -> Result<Response<PayBookingResponse>, Status> {
        let command = parse::pay_booking(request.get_ref(), &Caller::current())?;
        let (booking, attempt) = self.app.pay(command).await?;
        let booking = render::booking_with(&booking, attempt.as_ref());
        Ok(Response::new(PayBookingResponse { booking: Some(booking) }))
    }

    async fn cancel_booking(
        &self,
        request: Request<CancelBookingRequest>,
    ) -> Result<Response<CancelBookingResponse>, Status> {
        let command = parse::cancel_booking(request.get_ref(), &Caller::current())?;
        let booking = self.app.cancel(command).await?;
        Ok(Response::new(CancelBookingResponse { booking: Some(render::booking(&booking)) }))
    }

    async fn get_booking(
        &self,
        request: Request<GetBookingRequest>,
    ) -> Result<Response<GetBookingResponse>, Status> {
        let reader = parse::reader(&request.get_ref().booking_id, &Caller::current())?;
        let booking = self.app.get(&reader).await?;
        Ok(Response::new(GetBookingResponse { booking: Some(render::booking(&booking)) }))
    }

    async fn list_bookings(
        &self,
        request: Request<ListBookingsRequest>,
    ) -> Result<Response<ListBookingsResponse>, Status> {
        let (customer, page) = parse::list_bookings(request.get_ref(), &Caller::current())?;
        let bookings = self.app.list(&customer, &page).await?;
        Ok(Response::new(render::page(&bookings, &customer, &page)))
    }

    async fn watch_booking(
        &self,
        request: Request<WatchBookingRequest>,
    ) -> Result<Response<Self::WatchBookingStream>, Status> {
        let reader = parse::reader(&request.get_ref().booking_id, &Caller::current())?;
        let after = watch::read_token(&request.get_ref().resume_token)?;
        let first = self.app.get(&reader).await?;
        Ok(Response::new(watch::stream(self.app.clone(), first, after)))
    }
}
