//! Lets go of whoever asks and does not read: what was made for them must not stay in memory.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::rt::Executor;
use hyper_util::rt::TokioExecutor;
use tokio::time::{Instant, sleep};
use tonic::Status;
use tonic::body::Body;

use super::places::Call;

/// Runs each call of an HTTP/2 connection, and drops it when its answer is not read: that resets its stream, and leaves the
/// others alone.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    pub(super) unread: Duration,
}

/// Since when a piece of an answer has waited to be taken.
#[derive(Debug, Default)]
struct Reader(Mutex<Option<Instant>>);

/// An answer that tells whether it is being read.
pub(super) struct Answer {
    body: Body,
    reader: Option<Arc<Reader>>,
    _call: Call,
}

tokio::task_local! {
    static READER: Arc<Reader>;
}

/// Runs `talk` until its answer has waited for so long.
pub(super) async fn while_read(unread: Duration, talk: impl Future<Output = ()>) {
    let reader = Arc::new(Reader::default());
    let given_up = async {
        while reader.waited() < unread {
            sleep(unread / 4).await;
        }
    };
    tokio::select! {
        biased;
        () = READER.scope(Arc::clone(&reader), talk) => (),
        () = given_up => tracing::debug!("an answer that nobody reads is dropped"),
    }
}

// === impl Calls ===

impl<F> Executor<F> for Calls
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, call: F) {
        TokioExecutor::new().execute(while_read(self.unread, call));
    }
}

// === impl Reader ===

impl Reader {
    fn waited(&self) -> Duration {
        self.since().map(|since| since.elapsed()).unwrap_or_default()
    }

    /// There is something to be taken.
    fn offer(&self) {
        *self.since() = Some(Instant::now());
    }

    /// There is nothing.
    fn rest(&self) {
        *self.since() = None;
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Answer ===

impl Answer {
    pub(super) fn new(body: Body, call: Call) -> Self {
        let reader = READER.try_with(Arc::clone).ok();
        if let Some(reader) = reader.as_ref().filter(|_| !body.is_end_stream()) {
            reader.offer();
        }
        Self { body, reader, _call: call }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Some(reader) = &self.reader {
            match &polled {
                Poll::Ready(Some(_)) => reader.offer(),
                Poll::Ready(None) | Poll::Pending => reader.rest(),
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.rest();
        }
    }
}
