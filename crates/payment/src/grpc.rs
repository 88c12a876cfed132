//! The gRPC face of payment. Each method parses, runs one command or query, renders.

mod parse;
mod render;

use boxoffice_contracts::payment::v1 as pb;
use boxoffice_contracts::payment::v1::payment_approval_service_server::PaymentApprovalService;
use boxoffice_contracts::payment::v1::payment_service_server::PaymentService;
use boxoffice_runtime::Caller;
use tonic::{Request, Response, Status};

use crate::{App, queries};

/// Answers `boxoffice.payment.v1.PaymentService` and `PaymentApprovalService`.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

// === impl Grpc ===

#[tonic::async_trait]
impl PaymentService for Grpc {
    async fn get_payment(
        &self,
        request: Request<pb::GetPaymentRequest>,
    ) -> Result<Response<pb::GetPaymentResponse>, Status> {
        let (viewer, payment_id) = parse::get_payment(&Caller::current(), request.get_ref())?;
        let payment = queries::get(&self.app.db.read, &viewer, payment_id).await?;
        Ok(Response::new(pb::GetPaymentResponse { payment: Some(render::payment(&payment)) }))
    }

    async fn list_payments(
        &self,
        request: Request<pb::ListPaymentsRequest>,
    ) -> Result<Response<pb::ListPaymentsResponse>, Status> {
        let wanted = parse::list_payments(&Caller::current(), request.get_ref())?;
        let payments = queries::list(&self.app.db.read, &wanted).await?;
        Ok(Response::new(render::payments(&wanted, &payments)))
    }
}

#[tonic::async_trait]
impl PaymentApprovalService for Grpc {
    async fn approve_payment(
        &self,
        request: Request<pb::ApprovePaymentRequest>,
    ) -> Result<Response<pb::ApprovePaymentResponse>, Status> {
        let intent = parse::approve_payment(request.into_inner())?;
        let payment = self.app.approve(intent).await?;
        Ok(Response::new(pb::ApprovePaymentResponse { payment: Some(render::payment(&payment)) }))
    }
}
