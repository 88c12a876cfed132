//! The gRPC face of seating. Each method parses, runs one command or query, renders.

mod parse;
mod render;

use std::pin::Pin;

use boxoffice_contracts::seating::v1 as pb;
use boxoffice_contracts::seating::v1::seat_hold_service_server::SeatHoldService;
use boxoffice_contracts::seating::v1::seating_service_server::SeatingService;
use boxoffice_runtime::Caller;
use futures::stream::{self, Stream};
use tonic::{Request, Response, Status};

use crate::App;
use crate::commands::Command;
use crate::seat_map::{Board, Watch};

/// Answers `boxoffice.seating.v1.SeatingService` and `SeatHoldService`.
#[derive(Clone, Debug)]
pub struct Grpc {
    /// What it asks.
    pub app: App,
}

type Updates = Pin<Box<dyn Stream<Item = Result<pb::WatchSeatMapResponse, Status>> + Send>>;

// === impl Grpc ===

#[tonic::async_trait]
impl SeatingService for Grpc {
    type WatchSeatMapStream = Updates;

    async fn save_hall(
        &self,
        request: Request<pb::SaveHallRequest>,
    ) -> Result<Response<pb::SaveHallResponse>, Status> {
        let command = parse::save_hall(request.into_inner())?;
        let hall = self.app.lanes.ask(Command::SaveHall(command)).await?.hall()?;
        Ok(Response::new(pb::SaveHallResponse { hall: Some(render::hall(&hall)) }))
    }

    async fn get_hall(
        &self,
        request: Request<pb::GetHallRequest>,
    ) -> Result<Response<pb::GetHallResponse>, Status> {
        let hall_id = parse::hall_id("hall_id", &request.get_ref().hall_id)?;
        let hall = self.app.reads.hall(&hall_id).await?;
        Ok(Response::new(pb::GetHallResponse { hall: Some(render::hall(&hall)) }))
    }

    async fn schedule_showing(
        &self,
        request: Request<pb::ScheduleShowingRequest>,
    ) -> Result<Response<pb::ScheduleShowingResponse>, Status> {
        let command = parse::schedule_showing(&Caller::current(), request.into_inner())?;
        let showing = self.app.lanes.ask(Command::Schedule(command)).await?.showing()?;
        Ok(Response::new(pb::ScheduleShowingResponse { showing: Some(render::showing(&showing)) }))
    }

    async fn get_showing(
        &self,
        request: Request<pb::GetShowingRequest>,
    ) -> Result<Response<pb::GetShowingResponse>, Status> {
        let showing_id = parse::showing_id(&request.get_ref().showing_id)?;
        let showing = self.app.reads.showing(showing_id).await?;
        Ok(Response::new(pb::GetShowingResponse { showing: Some(render::showing(&showing)) }))
    }

    async fn list_showings(
        &self,
        request: Request<pb::ListShowingsRequest>,
    ) -> Result<Response<pb::ListShowingsResponse>, Status> {
        let (filter, page) = parse::list_showings(request.get_ref())?;
        let showings = self.app.reads.showings(&filter, &page).await?;
        Ok(Response::new(render::showings(request.get_ref(), &showings)))
    }

    async fn reschedule_showing(
        &self,
        request: Request<pb::RescheduleShowingRequest>,
    ) -> Result<Response<pb::RescheduleShowingResponse>, Status> {
        let command = parse::reschedule_showing(request.into_inner())?;
        let showing = self.app.lanes.ask(Command::Reschedule(command)).await?.showing()?;
        let showing = Some(render::showing(&showing));
        Ok(Response::new(pb::RescheduleShowingResponse { showing }))
    }

    async fn cancel_showing(
        &self,
        request: Request<pb::CancelShowingRequest>,
    ) -> Result<Response<pb::CancelShowingResponse>, Status> {
        let command = parse::cancel_showing(request.get_ref())?;
        let showing = self.app.lanes.ask(Command::Cancel(command)).await?.showing()?;
        Ok(Response::new(pb::CancelShowingResponse { showing: Some(render::showing(&showing)) }))
    }

    async fn get_seat_map(
        &self,
        request: Request<pb::GetSeatMapRequest>,
    ) -> Result<Response<pb::GetSeatMapResponse>, Status> {
        let showing_id = parse::showing_id(&request.get_ref().showing_id)?;
        let board = Board::read(&self.app.reads, showing_id).await?;
        Ok(Response::new(render::seat_map(&board)))
    }

    async fn watch_seat_map(
        &self,
        request: Request<pb::WatchSeatMapRequest>,
    ) -> Result<Response<Updates>, Status> {
        let (showing_id, since) = parse::watch_seat_map(request.get_ref())?;
        let watch = self.app.watchers.watch(showing_id, since).await?;
        Ok(Response::new(updates(watch)))
    }
}

#[tonic::async_trait]
impl SeatHoldService for Grpc {
    async fn hold_seats(
        &self,
        request: Request<pb::HoldSeatsRequest>,
    ) -> Result<Response<pb::HoldSeatsResponse>, Status> {
        let command = parse::hold_seats(request.into_inner())?;
        boxoffice_telemetry::about_booking(command.booking_id);
        let outcome = self.app.lanes.ask(Command::Hold(command)).await?.outcome()?;
        Ok(Response::new(render::outcome(outcome)))
    }
}

/// What a watch sees, until its caller goes away. (The server ends it when it stops.)
fn updates(watch: Watch) -> Updates {
    Box::pin(stream::unfold(watch, async |mut watch| {
        let look = watch.next().await?;
        Some((Ok(render::update(&look)), watch))
    }))
}
