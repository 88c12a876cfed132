//! HTTP/JSON: reads a request, has it transcoded to the RPC it stands for, and answers every misfit in the shape of RPC errors.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::Empty;
use hyper::body::Incoming;
use rest_over_grpc::serving::serve_http_fn;
use rest_over_grpc::transcoding::{Transcode, TranscodeResponse};
use tonic::Code;
use tonic::body::Body;
use tracing::{Instrument as _, Span, field};

use super::bodies::Bodies;
use super::route::Route;
use crate::status::{Problem, never_guess};

use paths::Paths;

mod paths;

/// The transcoders of this process, by the first words of their paths.
pub(crate) struct Rest {
    mounted: Vec<(&'static str, Transcoder)>,
    routes: Vec<Route>,
    paths: Paths,
    bodies: Arc<Bodies>,
}

type Transcoder = Arc<
    dyn Fn(Method, Uri, HeaderMap, Bytes) -> BoxFuture<'static, Option<TranscodeResponse>>
        + Send
        + Sync,
>;

pub(crate) const UNKNOWN_PATH: Problem = Problem {
    http: StatusCode::NOT_FOUND,
    code: Code::NotFound,
    reason: "UNKNOWN_PATH",
    message: "nothing is served at this path; see /docs",
};

pub(crate) const WRONG_METHOD: Problem = Problem {
    http: StatusCode::METHOD_NOT_ALLOWED,
    code: Code::Unimplemented,
    reason: "WRONG_METHOD",
    message: "this path does not take this method; see the allow header",
};

const WRONG_CONTENT_TYPE: Problem = Problem {
    http: StatusCode::UNSUPPORTED_MEDIA_TYPE,
    code: Code::InvalidArgument,
    reason: "UNSUPPORTED_MEDIA_TYPE",
    message: "a body has to be sent as content-type: application/json",
};

// === impl Rest ===

impl Rest {
    pub(crate) fn new(bodies: Arc<Bodies>) -> Self {
        let paths = Paths::read(boxoffice_contracts::openapi());
        Self { mounted: Vec::new(), routes: Vec::new(), paths, bodies }
    }

    pub(crate) fn add<T>(&mut self, prefixes: &[&'static str], transcoder: T)
    where
        T: Transcode + Send + Sync + 'static,
    {
        let transcoder = Arc::new(transcoder);
        let transcoder: Transcoder = Arc::new(move |method, uri, headers, body| {
            let transcoder = Arc::clone(&transcoder);
            async move {
                let target = uri.path_and_query().map_or("/", |target| target.as_str());
                transcoder.try_transcode(method.as_str(), target, headers, &body).await
            }
            .boxed()
        });
        self.mounted.extend(prefixes.iter().map(|prefix| (*prefix, Arc::clone(&transcoder))));
    }

    pub(super) fn route(&mut self, route: Route) {
        self.routes.push(route);
    }

    /// Answers, if the path is one of ours.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        if let Some(route) = self.routes.iter().find(|route| route.path == parts.uri.path()) {
            return self.plain(route, parts, body).await;
        }
        let Some(transcoder) = self.transcoder(parts.uri.path()) else {
            return UNKNOWN_PATH.into_response();
        };
        let body = match self.bodies.read(&parts.headers, body, 0).await {
            Ok(body) => body,
            Err(problem) => return problem.into_response(),
        };
        if !body.is_empty() && !is_json(&parts.headers) {
            return WRONG_CONTENT_TYPE.into_response();
        }
        let span = self.span(&parts);
        let Parts { method, uri, headers, .. } = parts;
        let response =
            match transcoder(method, uri.clone(), headers, body).instrument(span.clone()).await {
                Some(answer) => rendered(answer).await,
                None => self.unrouted(uri.path()),
            };
        let status = response.status();
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            boxoffice_telemetry::failed(&span, status.as_str());
        }
        response
    }

    /// The edge of a trace, unless its caller has begun it. Never a path that is not ours: there is no end of those.
    fn span(&self, Parts { method, uri, headers, .. }: &Parts) -> Span {
        let path = uri.path();
        let method = method.as_str();
        let Some(route) = self.paths.template(method, path) else { return Span::none() };
        let span = tracing::info_span!(
            "http",
            otel.name = format_args!("{method} {route}"),
            otel.kind = "server",
            http.request.method = method,
            http.route = route,
            http.response.status_code = field::Empty,
            url.path = path,
            url.scheme = "http",
        );
        boxoffice_telemetry::parent_from(&span, headers);
        span
    }

    async fn plain(&self, route: &Route, parts: Parts, body: Incoming) -> Response<Body> {
        if let Some(refusal) = Route::refuses(&parts.method) {
            return refusal;
        }
        match self.bodies.read(&parts.headers, body, 0).await {
            Ok(body) => route.answer(parts.headers, body).await,
            Err(problem) => problem.into_response(),
        }
    }

    fn transcoder(&self, path: &str) -> Option<&Transcoder> {
        let under = |prefix: &str| {
            let rest = path.strip_prefix(prefix);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
        };
        self.mounted.iter().find(|(prefix, _)| under(prefix)).map(|(_, transcoder)| transcoder)
    }

    fn unrouted(&self, path: &str) -> Response<Body> {
        let allowed = self.paths.methods(path);
        if allowed.is_empty() {
            return UNKNOWN_PATH.into_response();
        }
        let mut response = WRONG_METHOD.into_response();
        if let Ok(allowed) = HeaderValue::try_from(allowed.join(", ")) {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        response
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.mounted.iter().map(|(prefix, _)| prefix)).finish()
    }
}

/// `application/json`, with or without parameters; or nothing said at all.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(said) = headers.get(header::CONTENT_TYPE) else { return true };
    let essence = said.to_str().ok().and_then(|said| said.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

async fn rendered(answer: TranscodeResponse) -> Response<Body> {
    let request = Request::new(Empty::<Bytes>::new());
    let mut response = serve_http_fn(request, |_, _, _, _| async move { answer }).await;
    // A customer's text is JSON text, whatever it looks like to a browser.
    never_guess(response.headers_mut());
    if response.status() == StatusCode::UNAUTHORIZED {
        // RFC 6750, section 3: a 401 says what it wants.
        let challenge = HeaderValue::from_static("Bearer");
        response.headers_mut().entry(header::WWW_AUTHENTICATE).or_insert(challenge);
    }
    response.map(Body::new)
}
