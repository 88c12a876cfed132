//! Plain routes: a path that is no RPC, for callers who prove themselves in a way of their own.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, Response, header};
use tonic::Status;
use tonic::body::Body;

use super::rest::WRONG_METHOD;

/// The answer to one path.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) path: &'static str,
    handler: Handler,
}

type Handler =
    Arc<dyn Fn(HeaderMap, Bytes) -> BoxFuture<'static, Result<(), Status>> + Send + Sync>;

// === impl Route ===

impl Route {
    pub(super) fn new<F>(
        path: &'static str,
        handler: impl Fn(HeaderMap, Bytes) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), Status>> + Send + 'static,
    {
        Self { path, handler: Arc::new(move |headers, body| handler(headers, body).boxed()) }
    }

    /// 200 and nothing, or an error in the shape that RPC errors have over HTTP.
    pub(super) async fn answer(&self, headers: HeaderMap, body: Bytes) -> Response<Body> {
        match (self.handler)(headers, body).await {
            Ok(()) => Response::new(Body::empty()),
            Err(status) => boxoffice_contracts::rest::refuse(&status).map(Body::new),
        }
    }

    /// What any other method than POST is answered.
    pub(super) fn refuses(method: &Method) -> Option<Response<Body>> {
        (method != Method::POST).then(|| {
            let mut response = WRONG_METHOD.into_response();
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
            response
        })
    }
}
