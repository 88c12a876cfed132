//! The gRPC face of delivery. Each method parses, runs one command or query, renders.

mod parse;
pub(crate) mod render;

use boxoffice_contracts::delivery::v1 as pb;
use boxoffice_contracts::delivery::v1::delivery_service_server::DeliveryService;
use boxoffice_runtime::Caller;
use tonic::{Request, Response, Status};

use crate::commands::Command;
use crate::store::key;
use crate::{App, Error, qr, queries};

/// Answers `boxoffice.delivery.v1.DeliveryService`.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

// === impl Grpc ===

#[tonic::async_trait]
impl DeliveryService for Grpc {
    async fn get_delivery(
        &self,
        request: Request<pb::GetDeliveryRequest>,
    ) -> Result<Response<pb::GetDeliveryResponse>, Status> {
        let (viewer, delivery_id) = parse::get_delivery(&Caller::current(), request.get_ref())?;
        let delivery = queries::get(&self.app.db.read, &viewer, delivery_id).await?;
        Ok(Response::new(pb::GetDeliveryResponse { delivery: Some(render::delivery(&delivery)) }))
    }

    async fn list_deliveries(
        &self,
        request: Request<pb::ListDeliveriesRequest>,
    ) -> Result<Response<pb::ListDeliveriesResponse>, Status> {
        let wanted = parse::list_deliveries(&Caller::current(), request.get_ref())?;
        let deliveries = queries::list(&self.app.db.read, &wanted).await?;
        Ok(Response::new(render::deliveries(&wanted, &deliveries)))
    }

    async fn get_ticket_qr_code(
        &self,
        request: Request<pb::GetTicketQrCodeRequest>,
    ) -> Result<Response<pb::GetTicketQrCodeResponse>, Status> {
        let (viewer, ids) = parse::get_ticket_qr_code(&Caller::current(), request.get_ref())?;
        let code = queries::code(&self.app.db.read, &viewer, ids).await?;
        let png = qr::png(&code).map_err(Error::from)?;
        Ok(Response::new(pb::GetTicketQrCodeResponse { png, code }))
    }

    async fn complete_delivery(
        &self,
        request: Request<pb::CompleteDeliveryRequest>,
    ) -> Result<Response<pb::CompleteDeliveryResponse>, Status> {
        let command = parse::complete_delivery(request.get_ref())?;
        let delivery = self.app.lanes.ask(Command::Complete(command)).await?;
        let delivery = delivery.as_ref().map(render::delivery_of_anybody);
        Ok(Response::new(pb::CompleteDeliveryResponse { delivery }))
    }

    async fn check_in_ticket(
        &self,
        request: Request<pb::CheckInTicketRequest>,
    ) -> Result<Response<pb::CheckInTicketResponse>, Status> {
        let (ticket, showing_id) = self.app.check_in(&request.get_ref().code).await?;
        Ok(Response::new(pb::CheckInTicketResponse {
            ticket: Some(render::ticket(&ticket)),
            showing_id: showing_id.to_string(),
        }))
    }

    async fn list_ticket_keys(
        &self,
        _: Request<pb::ListTicketKeysRequest>,
    ) -> Result<Response<pb::ListTicketKeysResponse>, Status> {
        let keys = key::public(&self.app.db.read).await.map_err(Error::from)?;
        Ok(Response::new(render::keys(keys)))
    }
}
