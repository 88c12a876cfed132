//! A small HTTP client for a token issuer: JSON in, within five seconds and one mebibyte.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use tonic::codegen::StdError;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

/// Speaks to one issuer.
#[derive(Clone)]
pub(crate) struct Https {
    client: Connection,
}

#[derive(Clone)]
enum Connection {
    Plain(Client<HttpConnector, Full<Bytes>>),
    Secure(Client<HttpsConnector<HttpConnector>, Full<Bytes>>),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0} is no address")]
    Address(String, #[source] http::Error),
    #[error("{0} cannot be reached")]
    Unreachable(String, #[source] hyper_util::client::legacy::Error),
    #[error("{0} does not answer in time")]
    Slow(String),
    #[error("{0} answers {1}")]
    Refused(String, StatusCode),
    #[error("{0} breaks off, or sends too much")]
    Body(String, #[source] StdError),
    #[error("{0} does not answer what was expected")]
    Json(String, #[source] serde_json::Error),
}

const PATIENCE: Duration = Duration::from_secs(5);

const LONGEST: usize = 1024 * 1024;

// === impl Https ===

impl Https {
    /// Certificates are needed only if the issuer is reached by https, as it should be.
    pub(crate) fn new(issuer: &Url) -> Result<Self, super::Error> {
        let client = Client::builder(TokioExecutor::new());
        let connection = if issuer.scheme() == "https" {
            let connector = HttpsConnectorBuilder::new()
                .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
                .map_err(super::Error::Roots)?
                .https_only()
                .enable_http1()
                .build();
            Connection::Secure(client.build(connector))
        } else {
            Connection::Plain(client.build(HttpConnector::new()))
        };
        Ok(Self { client: connection })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, Error> {
        let request = Request::get(url).header(header::ACCEPT, "application/json");
        self.send(url, request.body(Full::default())).await
    }

    /// Posts a form as a client that the issuer knows (RFC 6749, section 2.3.1).
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        url: &str,
        id: &str,
        secret: &str,
        form: &[(&str, &str)],
    ) -> Result<T, Error> {
        let quoted = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let basic = STANDARD.encode(format!("{}:{}", quoted(id), quoted(secret)));
        let form = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(url)
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, format!("Basic {basic}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(url, request.body(form.into())).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        url: &str,
        request: Result<Request<Full<Bytes>>, http::Error>,
    ) -> Result<T, Error> {
        let url = || url.to_owned();
        let request = request.map_err(|error| Error::Address(url(), error))?;
        let answered = async {
            let response = match &self.client {
                Connection::Plain(client) => client.request(request).await,
                Connection::Secure(client) => client.request(request).await,
            };
            let response = response.map_err(|error| Error::Unreachable(url(), error))?;
            let status = response.status();
            if !status.is_success() {
                return Err(Error::Refused(url(), status));
            }
            let body = Limited::new(response.into_body(), LONGEST).collect().await;
            body.map_err(|error| Error::Body(url(), error))
        };
        let answered = tokio::time::timeout(PATIENCE, answered);
        let body = answered.await.map_err(|_| Error::Slow(url()))??.to_bytes();
        serde_json::from_slice(&body).map_err(|error| Error::Json(url(), error))
    }
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Https").finish_non_exhaustive()
    }
}
