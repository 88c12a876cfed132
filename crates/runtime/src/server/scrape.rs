//! The port Prometheus reads: `GET /metrics` and nothing else, without a token.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_telemetry::metrics::expose;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::body::Body;

use crate::status::whole;
use crate::tasks::Stopping;

/// Scrapes at a time; more wait.
const SCRAPES: usize = 8;
/// How long one may take, from its connection to the last byte that was read.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers scrapes, one a connection, until the server stops.
pub(super) async fn serve(listener: TcpListener, stopping: Stopping) {
    let places = Arc::new(Semaphore::new(SCRAPES));
    let mut open = JoinSet::new();
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            Some(_) = open.join_next() => continue,
            () = stopping.stopped() => return,
        };
        match accepted {
            Ok((stream, _)) => open.spawn(async move {
                // Who is too slow, or not there any more, asks again.
                let _ = timeout(PATIENCE, converse(stream)).await;
                drop(place);
            }),
            Err(error) => {
                tracing::warn!(%error, "no scrape could be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
    }
}

async fn converse(stream: TcpStream) -> Result<(), hyper::Error> {
    let service = service_fn(|request| ready(Ok::<_, Infallible>(answer(&request))));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

fn answer(request: &Request<Incoming>) -> Response<Body> {
    let (status, content_type, body) = match (request.uri().path(), request.method()) {
        ("/metrics", &Method::GET | &Method::HEAD) => {
            let accept = request.headers().get(header::ACCEPT);
            let shown = expose(accept.and_then(|it| it.to_str().ok()).unwrap_or_default());
            (StatusCode::OK, shown.content_type, shown.body)
        }
        ("/metrics", _) => {
            (StatusCode::METHOD_NOT_ALLOWED, "text/plain", "ask by GET\n".to_owned())
        }
        _ => (StatusCode::NOT_FOUND, "text/plain", "there is only /metrics here\n".to_owned()),
    };
    let mut response = Response::new(whole(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}
