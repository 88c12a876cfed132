//! The gRPC face of my page. Each method parses, runs one query, renders.

mod parse;
mod render;

use boxoffice_contracts::mypage::v1 as pb;
use boxoffice_contracts::mypage::v1::care_service_server::CareService;
use boxoffice_contracts::mypage::v1::my_page_service_server::MyPageService;
use boxoffice_runtime::Caller;
use futures::stream::{self, BoxStream, StreamExt as _};
use tonic::{Request, Response, Status};

use crate::watchers::Watch;
use crate::{App, queries};

/// Answers `boxoffice.mypage.v1.MyPageService` and `CareService`.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

type Updates = BoxStream<'static, Result<pb::WatchMyBookingsResponse, Status>>;

// === impl Grpc ===

#[tonic::async_trait]
impl MyPageService for Grpc {
    type WatchMyBookingsStream = Updates;

    async fn list_my_bookings(
        &self,
        request: Request<pb::ListMyBookingsRequest>,
    ) -> Result<Response<pb::ListMyBookingsResponse>, Status> {
        let wanted = parse::list_my_bookings(&Caller::current(), request.get_ref())?;
        let views = queries::search(&self.app.db.read, &wanted.search, &wanted.page).await?;
        let (bookings, next_page_token) = render::page(&wanted, &views);
        Ok(Response::new(pb::ListMyBookingsResponse { bookings, next_page_token }))
    }

    async fn get_my_booking(
        &self,
        request: Request<pb::GetMyBookingRequest>,
    ) -> Result<Response<pb::GetMyBookingResponse>, Status> {
        let (viewer, id) = parse::get_my_booking(&Caller::current(), request.get_ref())?;
        let (view, steps) = queries::get(&self.app.db.read, &viewer, id).await?;
        let (booking, steps) = (Some(render::view(&view)), render::steps(&steps));
        Ok(Response::new(pb::GetMyBookingResponse { booking, steps }))
    }

    async fn watch_my_bookings(
        &self,
        request: Request<pb::WatchMyBookingsRequest>,
    ) -> Result<Response<Updates>, Status> {
        let (customer, seen) = parse::watch_my_bookings(&Caller::current(), request.get_ref())?;
        let watch = self.app.watchers.watch(customer, seen).await?;
        Ok(Response::new(updates(watch)))
    }
}

#[tonic::async_trait]
impl CareService for Grpc {
    async fn search_bookings(
        &self,
        request: Request<pb::SearchBookingsRequest>,
    ) -> Result<Response<pb::SearchBookingsResponse>, Status> {
        let wanted = parse::search_bookings(request.get_ref())?;
        let views = queries::search(&self.app.db.read, &wanted.search, &wanted.page).await?;
        let (bookings, next_page_token) = render::page(&wanted, &views);
        Ok(Response::new(pb::SearchBookingsResponse { bookings, next_page_token }))
    }

    async fn get_care_booking(
        &self,
        request: Request<pb::GetCareBookingRequest>,
    ) -> Result<Response<pb::GetCareBookingResponse>, Status> {
        let (viewer, id) = parse::get_care_booking(request.get_ref())?;
        let (view, steps) = queries::get(&self.app.db.read, &viewer, id).await?;
        let (booking, steps) = (Some(render::view(&view)), render::steps(&steps));
        Ok(Response::new(pb::GetCareBookingResponse { booking, steps }))
    }
}

/// What a watch sees, until its caller goes away or the store does. (The server ends it when it stops.)
fn updates(watch: Watch) -> Updates {
    let updates = stream::unfold(Some(watch), async |watch| {
        let mut watch = watch?;
        match watch.next().await? {
            Ok(view) => Some((Ok(render::update(&view, watch.customer())), Some(watch))),
            Err(error) => Some((Err(error.into()), None)),
        }
    });
    updates.boxed()
}
