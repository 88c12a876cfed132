//! Ends streams that would otherwise keep a stopping server waiting, or an old connection; and counts those that watch.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::body::Body;
use tonic::{Code, Status};

use super::connections;
use crate::status::{Problem, refuse};

/// A response that ends with UNAVAILABLE when the server stops, or its connection is to be closed, while the handler has
/// nothing to say. Whole answers are not affected: they never wait.
struct Ending {
    body: Body,
    draining: CancellationToken,
    leaving: CancellationToken,
    /// Whoever waits is a watcher, and takes one of these places; `None`: they are not counted.
    watchers: Option<Arc<Semaphore>>,
    /// Made when the handler has to be waited for.
    waiting: Option<Waiting>,
    over: bool,
}

struct Waiting {
    leaving: Pin<Box<WaitForCancellationFutureOwned>>,
    _place: Option<OwnedSemaphorePermit>,
}

const TOO_MANY_WATCHERS: Problem = Problem {
    http: StatusCode::TOO_MANY_REQUESTS,
    code: Code::ResourceExhausted,
    reason: "TOO_MANY_WATCHERS",
    message: "too many are watching; come back shortly",
};

/// Ends `body` when the server drains, and before its connection does.
pub(crate) fn ending_with(
    draining: &CancellationToken,
    watchers: Option<&Arc<Semaphore>>,
    body: Body,
) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let watchers = watchers.map(Arc::clone);
    let leaving = connections::leaving().unwrap_or_else(|| draining.clone());
    Body::new(Ending {
        body,
        draining: draining.clone(),
        leaving,
        watchers,
        waiting: None,
        over: false,
    })
}

// === impl Ending ===

impl Ending {
    fn begin_to_wait(&self) -> Result<Waiting, Problem> {
        let place = self.watchers.as_ref().map(|places| Arc::clone(places).try_acquire_owned());
        let place = place.transpose().map_err(|_| TOO_MANY_WATCHERS)?;
        Ok(Waiting { leaving: Box::pin(self.leaving.clone().cancelled_owned()), _place: place })
    }

    fn end(&mut self, status: &Status) -> Result<Frame<Bytes>, Status> {
        self.over = true;
        let mut trailers = HeaderMap::new();
        status.add_header(&mut trailers)?;
        Ok(Frame::trailers(trailers))
    }
}

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
        if this.waiting.is_none() {
            match this.begin_to_wait() {
                Ok(waiting) => this.waiting = Some(waiting),
                Err(problem) => return Poll::Ready(Some(this.end(&problem.into_status()))),
            }
        }
        let leaving = this.waiting.as_mut().map(|waiting| waiting.leaving.as_mut().poll(cx));
        if leaving.is_none_or(|leaving| leaving.is_pending()) {
            return Poll::Pending;
        }
        let (reason, message) = if this.draining.is_cancelled() {
            ("STOPPING", "this server is stopping; watch on from where you were")
        } else {
            ("CONNECTION_CLOSING", "this connection is closing; watch on from where you were")
        };
        Poll::Ready(Some(this.end(&refuse(Code::Unavailable, reason, message))))
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
