//! What is served besides RPCs: the OpenAPI document, a page to try it, and the development issuer's keys.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use tonic::body::Body;

use super::rest::{UNKNOWN_PATH, WRONG_METHOD};
use crate::auth::{Auth, DevIssuer, Issuer};
use crate::status::{never_guess, whole};

const DOCS: &str = include_str!("docs.html");

/// The page loads nothing from anywhere and talks to this server only.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const JSON: &str = "application/json";

/// Pages, by path.
#[derive(Debug)]
pub(crate) struct Pages {
    issuer: Option<DevIssuer>,
}

// === impl Pages ===

impl Pages {
    pub(crate) fn new(auth: &Auth) -> Self {
        let issuer = match &auth.issuer {
            Issuer::Development(issuer) => Some(issuer.clone()),
            Issuer::Oidc(_) => None,
        };
        Self { issuer }
    }

    /// The page at `path`, if there is one.
    pub(crate) fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Option<Response<Body>> {
        let page = match (path, &self.issuer) {
            ("/", _) => moved("/docs"),
            ("/docs", _) => page("text/html; charset=utf-8", DOCS),
            ("/openapi.json", _) => page(JSON, boxoffice_contracts::openapi()),
            ("/.well-known/jwks.json", Some(issuer)) => page(JSON, issuer.jwks_json()),
            ("/.well-known/openid-configuration", Some(issuer)) => {
                page(JSON, issuer.configuration(&base(headers)))
            }
            ("/favicon.ico", _) => UNKNOWN_PATH.into_response(),
            _ => return None,
        };
        if method != Method::GET && method != Method::HEAD {
            let mut response = WRONG_METHOD.into_response();
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Some(response);
        }
        Some(page)
    }
}

fn page(content_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(whole(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    never_guess(headers);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

fn moved(to: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(to));
    response
}

/// The URL this server was reached by.
fn base(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let scheme = text(header::HeaderName::from_static("x-forwarded-proto")).unwrap_or("http");
    format!("{scheme}://{}", text(header::HOST).unwrap_or("localhost"))
}
