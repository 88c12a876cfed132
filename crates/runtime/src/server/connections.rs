//! Takes connections, HTTP/1 and HTTP/2 without TLS, and lets them go in good order.

mod places;
mod reader;

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::places::{Connection, Full, Place, Places};
use self::reader::{Answer, Calls, while_read};
use super::Limits;
use super::front::Front;

/// How a connection is spoken on.
#[derive(Clone)]
struct Protocols {
    http1: Builder<Calls>,
    http2: Builder<Calls>,
    limits: Limits,
}

#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

tokio::task_local! {
    /// The connection that the call being handled came by.
    static CONNECTION: Arc<Connection>;
}

/// What every HTTP/2 connection begins with (RFC 9113, section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long a connection without a call may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// Who called, if it was from outside of this process.
pub(crate) fn peer() -> Option<IpAddr> {
    CONNECTION.try_with(|it| it.peer).ok()
}

/// The call is one of our own services'.
pub(crate) fn spare() {
    let _ = CONNECTION.try_with(|it| it.spare());
}

/// Says when the streams of the call's connection are to end.
pub(crate) fn leaving() -> Option<CancellationToken> {
    CONNECTION.try_with(|it| it.leaving.clone()).ok()
}

/// Serves connections until `draining`; then finishes those that are open.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    limits: Limits,
    draining: CancellationToken,
) {
    let protocols = Protocols::new(limits);
    let places = Places::new(limits);
    // Dropped with this future, if the grace period ends before they do.
    let mut open = JoinSet::new();
    loop {
        let accepted = accept(&listener, &places, &draining);
        let Some(accepted) = draining.run_until_cancelled(accepted).await else { break };
        if let Some((stream, place)) = accepted {
            open.spawn(converse(stream, place, protocols.clone(), Arc::clone(&front)));
        }
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// The next connection that there is a place for; `None`: not this one.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Places>,
    draining: &CancellationToken,
) -> Option<(TcpStream, Place)> {
    let (stream, peer) = match listener.accept().await {
        Ok((stream, peer)) => (stream, peer.ip().to_canonical()),
        Err(error) => {
            // Out of file descriptors: the next try would fail the same way.
            tracing::warn!(%error, "no connection could be taken");
            sleep(Duration::from_millis(100)).await;
            return None;
        }
    };
    loop {
        let freed = places.freed.notified();
        match places.take(peer, draining) {
            Ok(place) => return Some((stream, place)),
            Err(Full::ForYou) => {
                tracing::debug!(%peer, "connection refused: the address has too many");
                return None;
            }
            Err(Full::Now) => freed.await,
        }
    }
}

async fn converse(stream: TcpStream, place: Place, protocols: Protocols, front: Arc<Front>) {
    let Place { connection, .. } = &place;
    protocols.prepare(&stream);
    let version = timeout(protocols.limits.header_read, version(&stream));
    let version = tokio::select! {
        version = version => version,
        // Who has not said a word is not waited for.
        () = connection.leaving.cancelled() => return,
        () = connection.evicted.cancelled() => return,
    };
    let Ok(Ok(version)) = version else { return };
    let spoken = speak(stream, version, &place, &protocols, front);
    match version {
        Version::Http1 => while_read(protocols.limits.unread, spoken).await,
        // Its calls are watched one by one.
        Version::Http2 => spoken.await,
    }
}

async fn speak(
    stream: TcpStream,
    version: Version,
    place: &Place,
    protocols: &Protocols,
    front: Arc<Front>,
) {
    let caller = &place.connection;
    let called = Arc::clone(caller);
    let service = service_fn(move |request: Request<Incoming>| {
        let (front, caller) = (Arc::clone(&front), Arc::clone(&called));
        async move {
            let call = caller.call();
            let answer: Response<_> = CONNECTION.scope(caller, front.answer(request)).await;
            Ok::<_, Infallible>(answer.map(|body| Answer::new(body, call)))
        }
    });
    let talk = protocols.speaking(version).serve_connection(TokioIo::new(stream), service);
    let mut talk = pin!(talk.into_owned());
    let grace = tokio::select! {
        ended = talk.as_mut() => return note(ended),
        grace = protocols.limits.end_of(caller) => grace,
    };
    talk.as_mut().graceful_shutdown();
    caller.leaving.cancel();
    match grace {
        None => note(talk.await),
        Some(grace) => match timeout(grace, talk).await {
            Ok(ended) => note(ended),
            Err(_) => tracing::debug!("connection cut off"),
        },
    }
}

/// A connection that ends badly is its peer's affair.
fn note(ended: Result<(), impl std::fmt::Display>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

/// Looks at the first bytes without taking them.
async fn version(stream: &TcpStream) -> io::Result<Version> {
    let mut first = [0; PREFACE.len()];
    let mut pause = Duration::from_millis(1);
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
        // The bytes that are there stay there: wait for more, the longer the slower they come.
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(500));
    }
}

// === impl Limits ===

impl Limits {
    /// Waits until a connection is to be closed; how long its calls may go on then. `None`: as long as the server does.
    async fn end_of(&self, connection: &Connection) -> Option<Duration> {
        // Those that came together do not go together.
        let age = self.connection_age.mul_f64(rand::random_range(0.9..1.1));
        tokio::select! {
            () = connection.leaving.cancelled() => None,
            () = connection.evicted.cancelled() => Some(Duration::ZERO),
            () = connection.idle_for(self.idle) => Some(GOODBYE),
            () = connection.has_lived(age) => Some(self.connection_grace),
        }
    }
}

// === impl Protocols ===

impl Protocols {
    fn new(limits: Limits) -> Self {
        let headers = limits.headers as usize;
        let calls = Calls { unread: limits.unread };
        let mut http1 = Builder::new(calls.clone()).http1_only();
        http1
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_read)
            .max_buf_size(headers.max(8192));
        let mut http2 = Builder::new(calls).http2_only();
        http2
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(limits.headers)
            // What a client makes us reset, or resets before we have seen it: then it is told to go away.
            .max_pending_accept_reset_streams(20)
            .max_local_error_reset_streams(256)
            .max_send_buf_size(64 * 1024)
            .keep_alive_interval(limits.keep_alive)
            .keep_alive_timeout(limits.keep_alive)
            .initial_stream_window_size(1024 * 1024)
            .initial_connection_window_size(4 * 1024 * 1024);
        Self { http1, http2, limits }
    }

    fn speaking(&self, version: Version) -> &Builder<Calls> {
        match version {
            Version::Http1 => &self.http1,
            Version::Http2 => &self.http2,
        }
    }

    /// A peer that has vanished without a word is found out by being probed, and one that reads nothing at all by what stays
    /// unacknowledged, or unsent because its window is shut.
    fn prepare(&self, stream: &TcpStream) {
        let every = self.limits.keep_alive;
        let _ = stream.set_nodelay(true);
        let socket = SockRef::from(stream);
        let probes = TcpKeepalive::new().with_time(every).with_interval(every);
        let _ = socket.set_tcp_keepalive(&probes);
        let _ = socket.set_tcp_user_timeout(Some(self.limits.unread));
    }
}
