//! The gRPC face of catalog. Each method parses, runs one command or query, renders.

mod parse;
pub(crate) mod render;

use boxoffice_contracts::catalog::v1 as pb;
use boxoffice_contracts::catalog::v1::catalog_service_server::CatalogService;
use boxoffice_runtime::Caller;
use tonic::{Request, Response, Status};

use crate::App;
use crate::commands::Command;
use crate::queries;

/// Answers `boxoffice.catalog.v1.CatalogService`.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    /// What it asks.
    pub(crate) app: App,
}

// === impl Grpc ===

#[tonic::async_trait]
impl CatalogService for Grpc {
    async fn register_title(
        &self,
        request: Request<pb::RegisterTitleRequest>,
    ) -> Result<Response<pb::RegisterTitleResponse>, Status> {
        let command = parse::register_title(&Caller::current(), request.into_inner())?;
        let title = self.app.ask(Command::Register(command)).await?;
        Ok(Response::new(pb::RegisterTitleResponse { title: Some(render::title(&title)) }))
    }

    async fn get_title(
        &self,
        request: Request<pb::GetTitleRequest>,
    ) -> Result<Response<pb::GetTitleResponse>, Status> {
        let title_id = parse::title_id("title_id", &request.get_ref().title_id)?;
        let title = queries::get(&self.app.db.read, title_id).await?;
        Ok(Response::new(pb::GetTitleResponse { title: Some(render::title(&title)) }))
    }

    async fn list_titles(
        &self,
        request: Request<pb::ListTitlesRequest>,
    ) -> Result<Response<pb::ListTitlesResponse>, Status> {
        let (filter, page) = parse::list_titles(request.get_ref())?;
        let titles = queries::list(&self.app.db.read, &filter, &page).await?;
        Ok(Response::new(render::titles(request.get_ref(), &titles)))
    }

    async fn update_title(
        &self,
        request: Request<pb::UpdateTitleRequest>,
    ) -> Result<Response<pb::UpdateTitleResponse>, Status> {
        let command = parse::update_title(request.into_inner())?;
        let title = self.app.ask(Command::Update(command)).await?;
        Ok(Response::new(pb::UpdateTitleResponse { title: Some(render::title(&title)) }))
    }

    async fn remove_title(
        &self,
        request: Request<pb::RemoveTitleRequest>,
    ) -> Result<Response<pb::RemoveTitleResponse>, Status> {
        let command = parse::remove_title(request.get_ref())?;
        let title = self.app.ask(Command::Remove(command)).await?;
        Ok(Response::new(pb::RemoveTitleResponse { title: Some(render::title(&title)) }))
    }
}
