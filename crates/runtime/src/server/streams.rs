//! Ends streams that would otherwise keep a stopping server waiting.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::status::refuse;

/// A response that ends with UNAVAILABLE when the server stops while the handler has nothing to say. Whole answers are not
/// affected: they never wait.
struct Ending {
    body: Body,
    token: CancellationToken,
    /// Made when the handler has to be waited for.
    stopped: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    over: bool,
}

pub(crate) fn ending_with(token: &CancellationToken, body: Body) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::new(Ending { body, token: token.clone(), stopped: None, over: false })
}

// === impl Ending ===

impl HttpBody for Ending {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if this.over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        let token = &this.token;
        let stopped = this.stopped.get_or_insert_with(|| Box::pin(token.clone().cancelled_owned()));
        if stopped.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        this.over = true;
        let mut trailers = HeaderMap::new();
        let message = "this server is stopping; watch on from where you were";
        let added = refuse(Code::Unavailable, "STOPPING", message).add_header(&mut trailers);
        Poll::Ready(Some(added.map(|()| Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
