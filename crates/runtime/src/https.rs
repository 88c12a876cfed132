//! A small HTTP client for services that are not ours: an answer comes whole, within a time and one mebibyte, or not at all.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tonic::codegen::StdError;
use url::Url;

/// Speaks to one service. Clones share its connections.
#[derive(Clone)]
pub struct Https {
    client: Connection,
    patience: Duration,
}

#[derive(Clone)]
enum Connection {
    Plain(Client<HttpConnector, Full<Bytes>>),
    Secure(Client<HttpsConnector<HttpConnector>, Full<Bytes>>),
}

/// Why there is no answer. Whether the request had its effect is unknown.
#[derive(Debug, thiserror::Error)]
pub enum HttpsError {
    /// The line is down, or nobody is there.
    #[error("it cannot be reached")]
    Unreachable(#[source] hyper_util::client::legacy::Error),
    /// The time is over.
    #[error("it does not answer in time")]
    Slow,
    /// The answer does not end, or ends too soon.
    #[error("it breaks off, or sends too much")]
    Body(#[source] StdError),
}

const LONGEST: usize = 1024 * 1024;

// === impl Https ===

impl Https {
    /// For the service at `url`, which is waited for so long. Certificates are the operating system's; they are read only for
    /// `https`, and without them there is an error.
    pub fn new(url: &Url, patience: Duration) -> std::io::Result<Self> {
        let client = Client::builder(TokioExecutor::new());
        let client = if url.scheme() == "https" {
            let connector = HttpsConnectorBuilder::new()
                .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
                .https_only()
                .enable_http1()
                .build();
            Connection::Secure(client.build(connector))
        } else {
            Connection::Plain(client.build(HttpConnector::new()))
        };
        Ok(Self { client, patience })
    }

    /// The answer, whatever its status.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpsError> {
        let request = request.map(Full::new);
        let answered = async {
            let response = match &self.client {
                Connection::Plain(client) => client.request(request).await,
                Connection::Secure(client) => client.request(request).await,
            };
            let (parts, body) = response.map_err(HttpsError::Unreachable)?.into_parts();
            let body = Limited::new(body, LONGEST).collect().await.map_err(HttpsError::Body)?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        };
        let answered = tokio::time::timeout(self.patience, answered).await;
        answered.unwrap_or(Err(HttpsError::Slow))
    }
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Https").finish_non_exhaustive()
    }
}
