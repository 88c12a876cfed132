//! Callers: people and services with their tokens, by gRPC and by HTTP.

mod issuer;

use std::time::Duration;

use anyhow::{Context as _, Result};
use boxoffice_contracts::booking::v1::booking_lookup_service_client::BookingLookupServiceClient;
use boxoffice_contracts::booking::v1::booking_service_client::BookingServiceClient;
use boxoffice_contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use boxoffice_contracts::delivery::v1::delivery_service_client::DeliveryServiceClient;
use boxoffice_contracts::mypage::v1::care_service_client::CareServiceClient;
use boxoffice_contracts::mypage::v1::my_page_service_client::MyPageServiceClient;
use boxoffice_contracts::notification::v1::notification_service_client::NotificationServiceClient;
use boxoffice_contracts::payment::v1::payment_approval_service_client::PaymentApprovalServiceClient;
use boxoffice_contracts::payment::v1::payment_service_client::PaymentServiceClient;
use boxoffice_contracts::review::v1::review_service_client::ReviewServiceClient;
use boxoffice_contracts::seating::v1::seat_hold_service_client::SeatHoldServiceClient;
use boxoffice_contracts::seating::v1::seating_service_client::SeatingServiceClient;
use boxoffice_contracts::streaming::v1::license_revocation_service_client::LicenseRevocationServiceClient;
use boxoffice_contracts::streaming::v1::streaming_service_client::StreamingServiceClient;
use reqwest::{Method, RequestBuilder};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

pub use self::issuer::{Claims, Issuer};

/// Sends the caller's token with every call.
#[derive(Clone, Debug)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

/// A connection with a caller at its end.
pub type Line = InterceptedService<Channel, Bearer>;

/// Somebody at one address, with or without a token. Cheap to clone; clones share one connection, made when it is
/// first used and made again when it is lost.
#[derive(Clone, Debug)]
pub struct Client {
    url: String,
    channel: Channel,
    bearer: Bearer,
    token: Option<String>,
}

/// No call of a test takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Makes a method for each service.
macro_rules! services {
    ($($(#[$doc:meta])* $name:ident: $client:ident),+ $(,)?) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> $client<Line> {
            $client::with_interceptor(self.channel.clone(), self.bearer.clone())
        })+
    };
}

// === impl Client ===

impl Client {
    /// Somebody who calls this address.
    ///
    /// # Errors
    /// It is no URL, or the token cannot stand in a header.
    pub fn new(url: &str, token: Option<&str>) -> Result<Self> {
        let endpoint = Endpoint::from_shared(url.to_owned())?;
        let channel = endpoint
            .timeout(PATIENCE)
            .connect_timeout(Duration::from_secs(5))
            .tcp_nodelay(true)
            .connect_lazy();
        let header = token.map(|token| format!("Bearer {token}").parse());
        let bearer = Bearer(header.transpose().context("a token that is no header")?);
        Ok(Self { url: url.to_owned(), channel, bearer, token: token.map(str::to_owned) })
    }

    services! {
        /// The programme.
        catalog: CatalogServiceClient,
        /// Showings and seats.
        seating: SeatingServiceClient,
        /// Holds, as booking asks for them.
        holds: SeatHoldServiceClient,
        /// Bookings.
        booking: BookingServiceClient,
        /// Payments.
        payment: PaymentServiceClient,
        /// Approvals, as booking asks for them.
        approvals: PaymentApprovalServiceClient,
        /// Reviews and ratings.
        review: ReviewServiceClient,
        /// Deliveries, tickets and the door.
        delivery: DeliveryServiceClient,
        /// What customers were told.
        notices: NotificationServiceClient,
        /// Licences.
        streaming: StreamingServiceClient,
        /// Revocations, as booking asks for them.
        revocations: LicenseRevocationServiceClient,
        /// One's own bookings, whole.
        my_page: MyPageServiceClient,
        /// Everybody's, for customer care.
        care: CareServiceClient,
        /// Contacts and attendance, as our own services ask for them.
        lookup: BookingLookupServiceClient,
    }

    /// The connection, for services that are not ours.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// An HTTP request to a path here, with the token.
    ///
    /// # Panics
    /// No HTTP client can be made on this machine.
    pub fn http(&self, method: Method, path: &str) -> RequestBuilder {
        let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build();
        let client = client.expect("an HTTP client without TLS needs nothing");
        let request = client.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

// === impl Bearer ===

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}
