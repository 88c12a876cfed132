//! HTTP/JSON: reads a request, has it transcoded to the RPC it stands for, and answers every misfit in the shape of RPC errors.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body as HttpBody, Incoming};
use rest_over_grpc::serving::serve_http_fn;
use rest_over_grpc::transcoding::{Transcode, TranscodeResponse};
use tonic::Code;
use tonic::body::Body;

use super::Limits;
use crate::status::{Problem, never_guess};

use paths::Paths;

mod paths;

/// The transcoders of this process, by the first words of their paths.
pub(crate) struct Rest {
    mounted: Vec<(&'static str, Transcoder)>,
    paths: Paths,
    longest_body: usize,
    body_read: Duration,
}

type Transcoder = Arc<
    dyn Fn(Method, Uri, HeaderMap, Bytes) -> BoxFuture<'static, Option<TranscodeResponse>>
        + Send
        + Sync,
>;

/// What is still read of a body that is too long, so that its sender gets to read our answer.
const DRAINED: usize = 16 * 1024 * 1024;

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

const TOO_LARGE: Problem = Problem {
    http: StatusCode::PAYLOAD_TOO_LARGE,
    code: Code::OutOfRange,
    reason: "REQUEST_TOO_LARGE",
    message: "the request is larger than 1 MiB",
};

const BROKEN_OFF: Problem = Problem {
    http: StatusCode::BAD_REQUEST,
    code: Code::InvalidArgument,
    reason: "MALFORMED_REQUEST",
    message: "the request's body did not arrive whole",
};

const TOO_SLOW: Problem = Problem {
    http: StatusCode::REQUEST_TIMEOUT,
    code: Code::DeadlineExceeded,
    reason: "REQUEST_TOO_SLOW",
    message: "the request's body took too long to arrive",
};

// === impl Rest ===

impl Rest {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            mounted: Vec::new(),
            paths: Paths::read(boxoffice_contracts::openapi()),
            longest_body: limits.body,
            body_read: limits.body_read,
        }
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

    /// Answers, if the path is one of ours.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let Some(transcoder) = self.transcoder(parts.uri.path()) else {
            return UNKNOWN_PATH.into_response();
        };
        let body = match self.read(&parts, body).await {
            Ok(body) => body,
            Err(problem) => return problem.into_response(),
        };
        if !body.is_empty() && !is_json(&parts.headers) {
            return WRONG_CONTENT_TYPE.into_response();
        }
        let Parts { method, uri, headers, .. } = parts;
        match transcoder(method, uri.clone(), headers, body).await {
            Some(answer) => rendered(answer).await,
            None => self.unrouted(uri.path()),
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

    async fn read(&self, parts: &Parts, body: Incoming) -> Result<Bytes, Problem> {
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        // Who asks first gets the answer before sending anything.
        let asks_first = parts.headers.contains_key(header::EXPECT);
        if asks_first && body.size_hint().lower() > self.longest_body as u64 {
            return Err(TOO_LARGE);
        }
        let collected = collect(body, self.longest_body);
        tokio::time::timeout(self.body_read, collected).await.unwrap_or(Err(TOO_SLOW))
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.mounted.iter().map(|(prefix, _)| prefix)).finish()
    }
}

async fn collect(mut body: Incoming, limit: usize) -> Result<Bytes, Problem> {
    let mut kept = Vec::new();
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BROKEN_OFF)?;
        let Ok(data) = frame.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen <= limit {
            kept.extend_from_slice(&data);
        } else if seen > DRAINED {
            break;
        }
    }
    if seen > limit { Err(TOO_LARGE) } else { Ok(kept.into()) }
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
