//! Streams over HTTP that end with an error say so in their last piece: the status line is long gone.

use futures::StreamExt as _;
use futures::stream;
use rest_over_grpc::handling::Status;
use rest_over_grpc::transcoding::{FrameStream, StreamingResponse};

use super::error::body;

/// How the pieces are framed.
#[derive(Clone, Copy)]
enum Framing {
    Events,
    Lines,
    Array,
}

struct Watched {
    frames: FrameStream,
    framing: Framing,
    first: bool,
    over: bool,
}

/// The same stream, whose error is a piece: an event named `error`, a line, or the array's last item.
pub(super) fn polish(response: StreamingResponse) -> StreamingResponse {
    let (content_type, headers, frames) = response.into_parts();
    let framing = match content_type.as_bytes() {
        b"text/event-stream" => Framing::Events,
        b"application/x-ndjson" => Framing::Lines,
        _ => Framing::Array,
    };
    let watched = Watched { frames, framing, first: true, over: false };
    let mut polished = StreamingResponse::new(content_type, stream::unfold(watched, Watched::next));
    polished.merge_headers(headers);
    // Proxies must not hold events back to fill a buffer.
    polished.merge_headers(uncached());
    polished
}

fn uncached() -> http::HeaderMap {
    let value = http::HeaderValue::from_static;
    http::HeaderMap::from_iter([
        (http::header::CACHE_CONTROL, value("no-store")),
        (http::HeaderName::from_static("x-accel-buffering"), value("no")),
    ])
}

// === impl Watched ===

impl Watched {
    async fn next(mut self) -> Option<(Result<Vec<u8>, Status>, Self)> {
        if self.over {
            return None;
        }
        let frame = match self.frames.next().await? {
            Ok(frame) => frame,
            Err(status) => {
                self.over = true;
                self.last(&status)
            }
        };
        self.first = false;
        Some((Ok(frame), self))
    }

    fn last(&self, status: &Status) -> Vec<u8> {
        let error = body(status, status.code().to_http_status());
        let text = match (self.framing, self.first) {
            (Framing::Events, _) => format!("event: error\ndata: {error}\n\n"),
            (Framing::Lines, _) => format!("{error}\n"),
            (Framing::Array, true) => format!("[{error}]"),
            (Framing::Array, false) => format!(",{error}]"),
        };
        text.into_bytes()
    }
}
