//! Services that tell who called them, and misbehave on demand.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use boxoffice_contracts::booking::v1::booking_service_server::BookingService;
use boxoffice_contracts::booking::v1::*;
use boxoffice_contracts::catalog::v1::catalog_service_server::CatalogService;
use boxoffice_contracts::catalog::v1::*;
use boxoffice_contracts::google::r#type::Money;
use boxoffice_contracts::payment::v1::payment_approval_service_client::PaymentApprovalServiceClient;
use boxoffice_contracts::payment::v1::payment_approval_service_server::PaymentApprovalService;
use boxoffice_contracts::payment::v1::*;
use boxoffice_runtime::{Caller, Peer, Role, Tasks};
use futures::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

/// All of them.
#[derive(Clone, Debug)]
pub(crate) struct Fake {
    /// Who called the internal service.
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
    /// Whom `GetTitle` asks.
    pub(crate) payment: Option<Peer>,
    pub(crate) tasks: Tasks,
}

/// One call of the internal service.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) caller: Arc<Caller>,
    pub(crate) trace_id: Option<String>,
    pub(crate) timeout: Option<String>,
}

type Answer<T> = Result<Response<T>, Status>;

pub(crate) fn approval() -> ApprovePaymentRequest {
    ApprovePaymentRequest {
        payment_id: uuid::Uuid::now_v7().to_string(),
        booking_id: uuid::Uuid::now_v7().to_string(),
        customer_id: "alice".to_owned(),
        amount: Some(Money { currency_code: "EUR".to_owned(), units: 5, nanos: 0 }),
        payment_method: "pm_card_visa".to_owned(),
        expire_time: None,
    }
}

/// `query` is what to do.
async fn misbehave(query: &str) -> Result<(), Status> {
    match query.split_once(' ').unwrap_or((query, "")) {
        ("sleep", ms) => tokio::time::sleep(Duration::from_millis(ms.parse().unwrap())).await,
        ("panic", _) => panic!("as asked"),
        ("unavailable", _) => return Err(Status::unavailable("as asked")),
        _ => (),
    }
    Ok(())
}

fn described(caller: &Caller) -> Title {
    Title {
        name: caller.sub.clone().unwrap_or_default(),
        synopsis: caller.email.clone().unwrap_or_default(),
        poster_uri: format!("{:?} {:?}", caller.language, caller.roles),
        ..Title::default()
    }
}

#[tonic::async_trait]
impl CatalogService for Fake {
    async fn register_title(
        &self,
        _: Request<RegisterTitleRequest>,
    ) -> Answer<RegisterTitleResponse> {
        Ok(Response::new(RegisterTitleResponse { title: Some(described(&Caller::current())) }))
    }

    /// Calls payment in between: the caller before and after has to be the same.
    async fn get_title(&self, _: Request<GetTitleRequest>) -> Answer<GetTitleResponse> {
        let before = Caller::current();
        let mut client = PaymentApprovalServiceClient::new(self.payment.clone().unwrap());
        client.approve_payment(approval()).await?;
        assert_eq!(before, Caller::current());
        Ok(Response::new(GetTitleResponse { title: Some(described(&before)) }))
    }

    async fn list_titles(&self, request: Request<ListTitlesRequest>) -> Answer<ListTitlesResponse> {
        let query = request.into_inner().query;
        if let Some(rest) = query.strip_prefix("task ") {
            let rest = rest.to_owned();
            // Goes on when the caller has gone.
            let seen = Arc::clone(&self.seen);
            let task = self.tasks.spawn(async move {
                misbehave(&rest).await.unwrap();
                let caller = Caller::current();
                seen.lock().unwrap().push(Seen { caller, trace_id: None, timeout: None });
            });
            task.await.unwrap();
        } else {
            misbehave(&query).await?;
        }
        let titles = vec![described(&Caller::current())];
        Ok(Response::new(ListTitlesResponse { titles, ..ListTitlesResponse::default() }))
    }

    async fn update_title(&self, _: Request<UpdateTitleRequest>) -> Answer<UpdateTitleResponse> {
        Ok(Response::new(UpdateTitleResponse::default()))
    }

    async fn remove_title(&self, _: Request<RemoveTitleRequest>) -> Answer<RemoveTitleResponse> {
        Ok(Response::new(RemoveTitleResponse { title: Some(described(&Caller::current())) }))
    }
}

#[tonic::async_trait]
impl PaymentApprovalService for Fake {
    async fn approve_payment(
        &self,
        request: Request<ApprovePaymentRequest>,
    ) -> Answer<ApprovePaymentResponse> {
        let timeout = request.metadata().get("grpc-timeout");
        let timeout = timeout.map(|value| value.to_str().unwrap().to_owned());
        let caller = Caller::current();
        assert!(caller.is(Role::Service));
        let trace_id = boxoffice_telemetry::current_trace_id();
        self.seen.lock().unwrap().push(Seen { caller, trace_id, timeout });
        misbehave(&request.into_inner().payment_method).await?;
        Ok(Response::new(ApprovePaymentResponse::default()))
    }
}

#[tonic::async_trait]
impl BookingService for Fake {
    type WatchBookingStream =
        Pin<Box<dyn Stream<Item = Result<WatchBookingResponse, Status>> + Send>>;

    async fn place_booking(&self, _: Request<PlaceBookingRequest>) -> Answer<PlaceBookingResponse> {
        Ok(Response::new(PlaceBookingResponse::default()))
    }

    async fn pay_booking(&self, _: Request<PayBookingRequest>) -> Answer<PayBookingResponse> {
        Ok(Response::new(PayBookingResponse::default()))
    }

    async fn cancel_booking(
        &self,
        _: Request<CancelBookingRequest>,
    ) -> Answer<CancelBookingResponse> {
        Ok(Response::new(CancelBookingResponse::default()))
    }

    async fn get_booking(&self, _: Request<GetBookingRequest>) -> Answer<GetBookingResponse> {
        Ok(Response::new(GetBookingResponse::default()))
    }

    async fn list_bookings(&self, _: Request<ListBookingsRequest>) -> Answer<ListBookingsResponse> {
        Ok(Response::new(ListBookingsResponse::default()))
    }

    /// One message, then silence.
    async fn watch_booking(
        &self,
        _: Request<WatchBookingRequest>,
    ) -> Answer<Self::WatchBookingStream> {
        let first = WatchBookingResponse { resume_token: "1".to_owned(), ..Default::default() };
        let stream = tokio_stream::once(Ok(first)).chain(tokio_stream::pending());
        Ok(Response::new(Box::pin(stream)))
    }
}
