//! The gRPC face of streaming. Each method parses, runs one command or query, renders.

mod parse;
mod render;

use std::sync::Arc;

use boxoffice_contracts::streaming::v1 as pb;
use boxoffice_contracts::streaming::v1::license_revocation_service_server::LicenseRevocationService;
use boxoffice_contracts::streaming::v1::streaming_service_server::StreamingService;
use boxoffice_runtime::Caller;
use tonic::{Request, Response, Status};

use crate::commands::Command;
use crate::{App, queries};

/// Answers `boxoffice.streaming.v1.StreamingService` and `LicenseRevocationService`.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

// === impl Grpc ===

#[tonic::async_trait]
impl StreamingService for Grpc {
    async fn get_license(
        &self,
        request: Request<pb::GetLicenseRequest>,
    ) -> Result<Response<pb::GetLicenseResponse>, Status> {
        let (viewer, license_id) = parse::get_license(&Caller::current(), request.get_ref())?;
        let license = queries::get(&self.app.db.read, &viewer, license_id).await?;
        Ok(Response::new(pb::GetLicenseResponse { license: Some(render::license(&license)) }))
    }

    async fn list_licenses(
        &self,
        request: Request<pb::ListLicensesRequest>,
    ) -> Result<Response<pb::ListLicensesResponse>, Status> {
        let wanted = parse::list_licenses(&Caller::current(), request.get_ref())?;
        let licenses = queries::list(&self.app.db.read, &wanted).await?;
        Ok(Response::new(render::licenses(&wanted, &licenses)))
    }

    async fn watch_title(
        &self,
        request: Request<pb::WatchTitleRequest>,
    ) -> Result<Response<pb::WatchTitleResponse>, Status> {
        let command = parse::watch_title(&Caller::current(), request.get_ref())?;
        let license = self.app.lanes.ask(Command::Watch(command)).await?;
        let license = license.as_ref().map(render::license);
        Ok(Response::new(pb::WatchTitleResponse { license }))
    }
}

#[tonic::async_trait]
impl LicenseRevocationService for Grpc {
    async fn revoke_license(
        &self,
        request: Request<pb::RevokeLicenseRequest>,
    ) -> Result<Response<pb::RevokeLicenseResponse>, Status> {
        let asker = Arc::new(());
        let command = parse::revoke_license(request.get_ref(), &asker)?;
        let license = self.app.lanes.ask(Command::Revoke(command)).await?;
        drop(asker);
        let license = license.as_ref().map(render::license);
        Ok(Response::new(pb::RevokeLicenseResponse { license }))
    }
}
