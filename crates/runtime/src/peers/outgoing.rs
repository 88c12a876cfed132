//! A call to a peer as a trace shows it: the client's side.

use std::future::Future;

use boxoffice_kernel::Context;
use http::{Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::{Instrument as _, Span, field};

use crate::metrics::calls;

/// A call that is being made. Dropped before its answer, it was given up.
#[derive(Debug)]
pub(super) struct Outgoing {
    span: Span,
    code: Code,
}

// === impl Outgoing ===

impl Outgoing {
    /// Makes `request` a part of the trace that the current span belongs to.
    pub(super) fn to(context: Context, request: &mut Request<Body>) -> Self {
        let name = request.uri().path().trim_start_matches('/');
        let (service, method) = name.split_once('/').unwrap_or_default();
        let span = tracing::info_span!(
            "call",
            otel.name = name,
            otel.kind = "client",
            rpc.system = "grpc",
            rpc.service = service,
            rpc.method = method,
            rpc.grpc.status_code = field::Empty,
            server.address = context.as_str(),
        );
        span.in_scope(|| boxoffice_telemetry::inject(request.headers_mut()));
        Self { span, code: Code::Cancelled }
    }

    pub(super) async fn answered(
        mut self,
        answer: impl Future<Output = Result<Response<Body>, Status>>,
    ) -> Result<Response<Body>, Status> {
        let answer = answer.instrument(self.span.clone()).await;
        self.code = answer.as_ref().map_or_else(Status::code, |it| calls::code(it.headers()));
        answer
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.span.record("rpc.grpc.status_code", self.code as i32);
        if self.code != Code::Ok {
            boxoffice_telemetry::failed(&self.span, format!("{:?}", self.code));
        }
    }
}
