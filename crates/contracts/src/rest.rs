//! HTTP/JSON, which is a gRPC call made in this process: through the same layers, with the same
//! authentication, validation and tracing as a call from outside. Streams are also Server-Sent Events.

pub(crate) mod bridge;
mod error;
mod serve;
mod streams;

use std::convert::Infallible;

pub use error::refuse;
pub use rest_over_grpc::serving::RestBody;
pub use rest_over_grpc::transcoding::Transcode;
use rest_over_grpc::transcoding::TranscodeResponse;
pub use serve::{DEFAULT_MAX_BODY, serve};

use crate::{
    booking, catalog, delivery, mypage, notification, payment, review, seating, streaming,
};

/// The gRPC stack of this process: whatever answers gRPC requests, its layers included.
pub trait Grpc:
    tower::Service<
        http::Request<tonic::body::Body>,
        Response = http::Response<tonic::body::Body>,
        Error = Infallible,
        Future: Send,
    > + Clone
    + Send
    + Sync
    + 'static
{
}

/// A generated transcoder whose errors look like Google's.
#[derive(Clone, Debug)]
struct Polished<T>(T);

/// A context's routes.
macro_rules! transcoder {
    ($(#[$doc:meta])* $context:ident, $module:ident, $package:literal, $($bridge:path),+) => {
        #[allow(
            clippy::all,
            clippy::pedantic,
            clippy::restriction,
            missing_docs,
            unreachable_pub,
            reason = "generated"
        )]
        mod $module {
            use crate::generated::boxoffice;

            include!(concat!(env!("OUT_DIR"), "/rest/", $package, "/transcoder.rest.rs"));
        }

        $(#[$doc])*
        pub fn $context<S: Grpc>(grpc: S) -> impl Transcode + Clone + Send + 'static {
            Polished($module::Transcoder::new($(<$bridge>::new(grpc.clone())),+))
        }
    };
}

transcoder!(
    /// JSON calls of catalog, answered by `grpc`.
    catalog, catalog_routes, "boxoffice.catalog.v1", catalog::v1::CatalogServiceOverGrpc::<S>
);
transcoder!(
    /// JSON calls of seating, answered by `grpc`.
    seating, seating_routes, "boxoffice.seating.v1", seating::v1::SeatingServiceOverGrpc::<S>
);
transcoder!(
    /// JSON calls of booking, answered by `grpc`.
    booking, booking_routes, "boxoffice.booking.v1", booking::v1::BookingServiceOverGrpc::<S>
);
transcoder!(
    /// JSON calls of payment, answered by `grpc`.
    payment, payment_routes, "boxoffice.payment.v1", payment::v1::PaymentServiceOverGrpc::<S>
);
transcoder!(
    /// JSON calls of delivery, answered by `grpc`.
    delivery, delivery_routes, "boxoffice.delivery.v1", delivery::v1::DeliveryServiceOverGrpc::<S>
);
transcoder!(
    /// JSON calls of streaming, answered by `grpc`.
    streaming, streaming_routes, "boxoffice.streaming.v1", streaming::v1::StreamingServiceOverGrpc::<S>
);
transcoder!(
    /// JSON calls of review, answered by `grpc`.
    review, review_routes, "boxoffice.review.v1", review::v1::ReviewServiceOverGrpc::<S>
);
transcoder!(
    /// JSON calls of notification, answered by `grpc`.
    notification, notification_routes, "boxoffice.notification.v1", notification::v1::NotificationServiceOverGrpc::<S>
);
transcoder!(
    /// JSON calls of mypage, answered by `grpc`.
    mypage, mypage_routes, "boxoffice.mypage.v1",
    mypage::v1::MyPageServiceOverGrpc::<S>,
    mypage::v1::CareServiceOverGrpc::<S>
);

// === impl Grpc ===

impl<S> Grpc for S where
    S: tower::Service<
            http::Request<tonic::body::Body>,
            Response = http::Response<tonic::body::Body>,
            Error = Infallible,
            Future: Send,
        > + Clone
        + Send
        + Sync
        + 'static
{
}

// === impl Polished ===

impl<T: Transcode> Transcode for Polished<T> {
    async fn try_transcode(
        &self,
        method: &str,
        target: &str,
        headers: http::HeaderMap,
        body: &[u8],
    ) -> Option<TranscodeResponse> {
        let response = self.0.try_transcode(method, target, headers, body).await?;
        Some(match response {
            TranscodeResponse::Unary(response) => error::polish(response).into(),
            TranscodeResponse::Streaming(response) => streams::polish(response).into(),
        })
    }

    async fn transcode(
        &self,
        method: &str,
        target: &str,
        headers: http::HeaderMap,
        body: &[u8],
    ) -> TranscodeResponse {
        let response = self.try_transcode(method, target, headers, body).await;
        response.unwrap_or_else(|| error::unknown_path(method, target).into())
    }
}
