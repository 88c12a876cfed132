//! The gRPC face of notification. Each method parses, runs one query, renders.

mod parse;
mod render;

use boxoffice_contracts::notification::v1 as pb;
use boxoffice_contracts::notification::v1::notification_service_server::NotificationService;
use boxoffice_runtime::Caller;
use tonic::{Request, Response, Status};

use crate::{App, queries};

/// Answers `boxoffice.notification.v1.NotificationService`.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

// === impl Grpc ===

#[tonic::async_trait]
impl NotificationService for Grpc {
    async fn list_notices(
        &self,
        request: Request<pb::ListNoticesRequest>,
    ) -> Result<Response<pb::ListNoticesResponse>, Status> {
        let wanted = parse::list_notices(&Caller::current(), request.get_ref())?;
        let notices = queries::list(&self.app.db.read, &wanted).await?;
        Ok(Response::new(render::notices(&wanted, &notices)?))
    }

    async fn get_notice(
        &self,
        request: Request<pb::GetNoticeRequest>,
    ) -> Result<Response<pb::GetNoticeResponse>, Status> {
        let (customer_id, id) = parse::get_notice(&Caller::current(), request.get_ref())?;
        let notice = queries::get(&self.app.db.read, &customer_id, id).await?;
        Ok(Response::new(pb::GetNoticeResponse { notice: Some(render::notice(&notice)?) }))
    }
}
