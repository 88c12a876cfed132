//! Takes connections, HTTP/1 and HTTP/2 without TLS, and lets them go in good order.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Limits;
use super::front::Front;

/// How a connection is spoken on.
#[derive(Clone)]
struct Protocols {
    http1: Builder<TokioExecutor>,
    http2: Builder<TokioExecutor>,
    header_read: Duration,
}

enum Version {
    Http1,
    Http2,
}

/// What every HTTP/2 connection begins with (RFC 9113, section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves connections until `draining`; then finishes those that are open.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    limits: Limits,
    draining: CancellationToken,
) {
    let protocols = Protocols::new(limits);
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    // Dropped with this future, if the grace period ends before they do.
    let mut open = JoinSet::new();
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            Some(_) = open.join_next() => continue,
            () = draining.cancelled() => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                pause(&error).await;
                continue;
            }
        };
        let (protocols, front) = (protocols.clone(), Arc::clone(&front));
        let (watcher, draining) = (graceful.watcher(), draining.clone());
        open.spawn(async move {
            let _ = stream.set_nodelay(true);
            let version = timeout(protocols.header_read, version(&stream));
            // Who has not said a word when the server stops is not waited for.
            let version = draining.run_until_cancelled(version).await;
            if let Some(Ok(Ok(version))) = version {
                converse(stream, protocols.speaking(version), front, watcher).await;
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    while open.join_next().await.is_some() {}
}

/// Out of file descriptors: the next try would fail the same way.
async fn pause(error: &io::Error) {
    tracing::warn!(%error, "no connection could be taken");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

async fn converse(
    stream: TcpStream,
    protocol: Builder<TokioExecutor>,
    front: Arc<Front>,
    watcher: Watcher,
) {
    let service = service_fn(move |request: http::Request<Incoming>| {
        let front = Arc::clone(&front);
        async move { Ok::<_, Infallible>(front.answer(request).await) }
    });
    let connection = protocol.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        // A connection that ends badly is its peer's affair.
        tracing::debug!(%error, "connection ended");
    }
}

/// Looks at the first bytes without taking them.
async fn version(stream: &TcpStream) -> io::Result<Version> {
    let mut first = [0; PREFACE.len()];
    loop {
        let seen = stream.peek(&mut first).await?;
        if seen == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if first[..seen] != PREFACE[..seen] {
            return Ok(Version::Http1);
        }
        if seen == PREFACE.len() {
            return Ok(Version::Http2);
        }
        // The bytes that are there stay there: wait for more.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

// === impl Protocols ===

impl Protocols {
    fn new(limits: Limits) -> Self {
        let headers = limits.headers as usize;
        let mut http1 = Builder::new(TokioExecutor::new()).http1_only();
        http1
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_read)
            .max_buf_size(headers.max(8192));
        let mut http2 = Builder::new(TokioExecutor::new()).http2_only();
        http2
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(limits.headers)
            .keep_alive_interval(limits.keep_alive)
            .keep_alive_timeout(limits.keep_alive)
            .initial_stream_window_size(1024 * 1024)
            .initial_connection_window_size(4 * 1024 * 1024);
        Self { http1, http2, header_read: limits.header_read }
    }

    fn speaking(self, version: Version) -> Builder<TokioExecutor> {
        match version {
            Version::Http1 => self.http1,
            Version::Http2 => self.http2,
        }
    }
}
