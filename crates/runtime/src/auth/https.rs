//! A token issuer, asked over HTTP: JSON in, within five seconds.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Builder;
use http::{Request, StatusCode, header};
use serde::de::DeserializeOwned;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::https::HttpsError;

/// Speaks to one issuer.
#[derive(Clone, Debug)]
pub(crate) struct Https {
    client: crate::Https,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0} is no address")]
    Address(String, #[source] http::Error),
    #[error("{0} gives no answer")]
    Unanswered(String, #[source] HttpsError),
    #[error("{0} answers {1}")]
    Refused(String, StatusCode),
    #[error("{0} does not answer what was expected")]
    Json(String, #[source] serde_json::Error),
}

const PATIENCE: Duration = Duration::from_secs(5);

// === impl Https ===

impl Https {
    /// Certificates are needed only if the issuer is reached by https, as it should be.
    pub(crate) fn new(issuer: &Url) -> Result<Self, super::Error> {
        let client = crate::Https::new(issuer, PATIENCE).map_err(super::Error::Roots)?;
        Ok(Self { client })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, Error> {
        let request = Request::get(url).header(header::ACCEPT, "application/json");
        self.send(url, request, Bytes::new()).await
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
        self.send(url, request, form.into()).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        url: &str,
        request: Builder,
        body: Bytes,
    ) -> Result<T, Error> {
        let url = || url.to_owned();
        let request = request.body(body).map_err(|error| Error::Address(url(), error))?;
        let response = self.client.send(request).await;
        let response = response.map_err(|error| Error::Unanswered(url(), error))?;
        if !response.status().is_success() {
            return Err(Error::Refused(url(), response.status()));
        }
        serde_json::from_slice(response.body()).map_err(|error| Error::Json(url(), error))
    }
}
