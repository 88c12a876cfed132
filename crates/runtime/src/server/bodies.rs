//! Reads what a request brings, whole, before anything is done about it: who sends slowly keeps nobody else waiting.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::FutureExt as _;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Body as HttpBody;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tonic::Code;

use super::Limits;
use crate::status::Problem;

/// How bodies are read.
#[derive(Debug)]
pub(crate) struct Bodies {
    longest: usize,
    within: Duration,
    /// Places for those that are not there yet. What they hold in memory is bounded by their number.
    waiting: Semaphore,
}

const TOO_LARGE: Problem = Problem {
    http: StatusCode::PAYLOAD_TOO_LARGE,
    code: Code::OutOfRange,
    reason: "REQUEST_TOO_LARGE",
    message: "the request is larger than 1 MiB",
};

const TOO_SLOW: Problem = Problem {
    http: StatusCode::REQUEST_TIMEOUT,
    code: Code::DeadlineExceeded,
    reason: "REQUEST_TOO_SLOW",
    message: "the request's body took too long to arrive",
};

const BROKEN_OFF: Problem = Problem {
    http: StatusCode::BAD_REQUEST,
    code: Code::InvalidArgument,
    reason: "MALFORMED_REQUEST",
    message: "the request's body did not arrive whole",
};

const TOO_MANY: Problem = Problem {
    http: StatusCode::TOO_MANY_REQUESTS,
    code: Code::ResourceExhausted,
    reason: "OVERLOADED",
    message: "too many requests are waited for; send this one again shortly",
};

/// As much as has arrived.
#[derive(Default)]
struct Arrived {
    pieces: BytesMut,
    seen: usize,
}

/// What is still read of a body that is too long, so that its sender gets to read our answer.
const DRAINED: usize = 16 * 1024 * 1024;

// === impl Bodies ===

impl Bodies {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            longest: limits.body,
            within: limits.body_read,
            waiting: Semaphore::new(limits.bodies),
        }
    }

    /// All of `body`, which may be longer than the longest by `extra`.
    pub(crate) async fn read<B>(
        &self,
        headers: &HeaderMap,
        mut body: B,
        extra: usize,
    ) -> Result<Bytes, Problem>
    where
        B: HttpBody<Data = Bytes> + Unpin,
    {
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let longest = self.longest + extra;
        // Who asks first gets the answer before sending anything.
        let asks_first = headers.contains_key(header::EXPECT);
        if asks_first && body.size_hint().lower() > longest as u64 {
            return Err(TOO_LARGE);
        }
        let mut arrived = Arrived::default();
        // Most are there already.
        if let Some(whole) = arrived.take_in(&mut body, longest).now_or_never() {
            whole?;
            return Ok(arrived.pieces.freeze());
        }
        let _place = self.waiting.try_acquire().map_err(|_| TOO_MANY)?;
        let whole = timeout(self.within, arrived.take_in(&mut body, longest)).await;
        whole.unwrap_or(Err(TOO_SLOW))?;
        Ok(arrived.pieces.freeze())
    }
}

// === impl Arrived ===

impl Arrived {
    /// Goes on where it was when it was dropped.
    async fn take_in<B>(&mut self, body: &mut B, longest: usize) -> Result<(), Problem>
    where
        B: HttpBody<Data = Bytes> + Unpin,
    {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| BROKEN_OFF)?;
            let Ok(data) = frame.into_data() else { continue };
            self.seen = self.seen.saturating_add(data.len());
            if self.seen <= longest {
                self.pieces.extend_from_slice(&data);
            } else if self.seen > DRAINED {
                break;
            }
        }
        if self.seen > longest { Err(TOO_LARGE) } else { Ok(()) }
    }
}
