//! What our own services have to know of a booking at the moment they act.

use boxoffice_contracts::booking::v1::booking_lookup_service_server::BookingLookupService;
use boxoffice_contracts::booking::v1::{
    CheckAttendanceRequest, CheckAttendanceResponse, GetContactRequest, GetContactResponse,
};
use tonic::{Request, Response, Status};

use super::{Grpc, parse, render};

// === impl Grpc: lookup ===

#[tonic::async_trait]
impl BookingLookupService for Grpc {
    async fn get_contact(
        &self,
        request: Request<GetContactRequest>,
    ) -> Result<Response<GetContactResponse>, Status> {
        let request = request.get_ref();
        let (booking_id, purpose) = (parse::booking_id(&request.booking_id)?, request.purpose());
        let contact = self.app.contact(booking_id).await?;
        let contact = Some(render::contact_for(purpose, &contact));
        Ok(Response::new(GetContactResponse { contact }))
    }

    async fn check_attendance(
        &self,
        request: Request<CheckAttendanceRequest>,
    ) -> Result<Response<CheckAttendanceResponse>, Status> {
        let (customer, title) = parse::check_attendance(request.get_ref())?;
        let attended = self.app.attended(&customer, title).await?;
        Ok(Response::new(CheckAttendanceResponse { attended }))
    }
}
