//! The door of the port: tells gRPC, HTTP/JSON and pages apart.

use http::{HeaderMap, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tonic::Code;
use tonic::body::Body;

use super::Grpc;
use super::page::Pages;
use super::rest::Rest;
use crate::status::Problem;

/// Everything that is served.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) grpc: Grpc,
    pub(crate) rest: Rest,
    pub(crate) pages: Pages,
}

/// By its content type.
enum Speech {
    Grpc,
    /// A variant of gRPC that is not spoken here, such as gRPC-Web.
    OtherGrpc,
    Http,
}

const NOT_GRPC: Problem = Problem {
    http: StatusCode::UNSUPPORTED_MEDIA_TYPE,
    code: Code::InvalidArgument,
    reason: "UNSUPPORTED_MEDIA_TYPE",
    message: "an RPC has to be sent as content-type: application/grpc",
};

// === impl Front ===

impl Front {
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path();
        match Speech::of(request.headers()) {
            Speech::Grpc => self.grpc.call_with_token(request.map(Body::new)).await,
            Speech::OtherGrpc => NOT_GRPC.into_response(),
            Speech::Http if self.grpc.is_rpc(path) => NOT_GRPC.into_response(),
            Speech::Http => match self.pages.answer(request.method(), path, request.headers()) {
                Some(page) => page,
                None => self.rest.answer(request).await,
            },
        }
    }
}

// === impl Speech ===

impl Speech {
    fn of(headers: &HeaderMap) -> Self {
        let said = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
        match said.and_then(|said| said.strip_prefix(b"application/grpc")) {
            None => Self::Http,
            Some(b"" | b"+proto") => Self::Grpc,
            Some(rest) if rest.starts_with(b";") || rest.starts_with(b"+proto;") => Self::Grpc,
            Some(_) => Self::OtherGrpc,
        }
    }
}
