//! How one context calls another: the same clients, in this process or across the mesh.

mod outgoing;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{self, Poll};
use std::time::Duration;

use boxoffice_kernel::Context;
use http::{HeaderValue, Request, Response};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, TimeoutExpired};
use tower::{Service, ServiceExt as _};
use tracing::Span;
use url::Url;

use crate::auth::Auth;
use crate::metrics::calls::{self, Calls};
use crate::server::Grpc;
use crate::status::refuse;
use outgoing::Outgoing;
use tokens::Tokens;

/// All contexts this process may call.
#[derive(Clone, Debug)]
pub struct Peers {
    by_context: BTreeMap<Context, Peer>,
    /// Who was asked for, and is neither here nor given a URL.
    missing: Arc<Mutex<BTreeSet<Context>>>,
    calls: Calls,
}

/// Calls one context as one of our own services: give it to a generated client. Clones share connections.
#[derive(Clone, Debug)]
pub struct Peer {
    context: Context,
    way: Way,
    calls: Calls,
}

#[derive(Clone, Debug)]
enum Way {
    /// In this process: a function call, through the same layers as a call from outside.
    Local(Grpc),
    Remote {
        channel: Channel,
        tokens: Arc<Tokens>,
    },
    /// Neither here nor given a URL.
    Nowhere,
}

/// Why a peer cannot be called, ever.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not an address for gRPC.
    #[error("`{url}` is no address of {context}; expected one like http://{context}:8080")]
    Url {
        /// Whose.
        context: Context,
        /// As given.
        url: Box<Url>,
        /// What is wrong with it.
        source: tonic::transport::Error,
    },
}

/// Nobody is kept from starting for longer by an issuer that is away.
const READY_WITHIN: Duration = Duration::from_secs(5);

tokio::task_local! {
    /// Until when the call that is being made has to be answered.
    pub(crate) static DEADLINE: Instant;
}

// === impl Peers ===

impl Peers {
    /// `local` are called in this process, whatever `urls` says; `grpc` is [`Server::grpc`](crate::Server::grpc).
    pub fn new(
        local: impl IntoIterator<Item = Context>,
        urls: &BTreeMap<Context, Url>,
        grpc: Grpc,
        auth: &Auth,
    ) -> Result<Self, Error> {
        let local: BTreeSet<Context> = local.into_iter().collect();
        let calls = Calls::made(boxoffice_contracts::access().keys().map(String::as_str));
        let tokens = Arc::new(Tokens::of(auth));
        let mut by_context = BTreeMap::new();
        for (&context, url) in urls.iter().filter(|(context, _)| !local.contains(context)) {
            let channel = connect(context, url)?;
            let way = Way::Remote { channel, tokens: Arc::clone(&tokens) };
            by_context.insert(context, Peer { context, way, calls: calls.clone() });
        }
        for context in local {
            let way = Way::Local(grpc.clone());
            by_context.insert(context, Peer { context, way, calls: calls.clone() });
        }
        Ok(Self { by_context, missing: Arc::default(), calls })
    }

    /// The peer that is `context`. If nothing says where that is, calls of it are refused, and [`missing`](Self::missing) tells.
    pub fn get(&self, context: Context) -> Peer {
        self.by_context.get(&context).cloned().unwrap_or_else(|| {
            self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(context);
            Peer { context, way: Way::Nowhere, calls: self.calls.clone() }
        })
    }

    /// Gets what the first call would otherwise wait for, and its caller with it: our own token. If the issuer does not give
    /// one in time, that call asks again.
    pub async fn get_ready(&self) {
        let remote = self.by_context.values().find_map(|peer| match &peer.way {
            Way::Remote { tokens, .. } if tokens.are_given() => Some(tokens),
            Way::Remote { .. } | Way::Local(_) | Way::Nowhere => None,
        });
        if let Some(tokens) = remote {
            tokio::time::timeout(READY_WITHIN, tokens.bearer()).await.ok();
        }
    }

    /// One that somebody wants to call, and nothing says where it is.
    pub fn missing(&self) -> Option<Context> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).first().copied()
    }
}

/// Connects at the first call, and again whenever the connection is gone.
fn connect(context: Context, url: &Url) -> Result<Channel, Error> {
    let endpoint = Endpoint::from_shared(url.as_str().to_owned()).map_err(|source| Error::Url {
        context,
        url: Box::new(url.clone()),
        source,
    })?;
    Ok(endpoint
        .connect_timeout(Duration::from_secs(1))
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
        .initial_stream_window_size(1024 * 1024)
        .initial_connection_window_size(4 * 1024 * 1024)
        .connect_lazy())
}

// === impl Peer ===

impl Peer {
    /// Whom it calls.
    pub fn context(&self) -> Context {
        self.context
    }
}

impl Service<Request<Body>> for Peer {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        limit(&mut request);
        let until = DEADLINE.try_with(|until| until.into_std()).ok();
        let call = self.calls.begin(request.uri().path(), until, &Span::current());
        let answer: Self::Future = match &self.way {
            Way::Local(grpc) => {
                let grpc = grpc.clone();
                Box::pin(async move { Ok(grpc.call_as_service(request).await) })
            }
            Way::Remote { channel, tokens } => {
                let outgoing = Outgoing::to(self.context, &mut request);
                let (mut channel, tokens) = (channel.clone(), Arc::clone(tokens));
                let answer = async move {
                    let token = tokens.bearer().await?;
                    request.headers_mut().insert(http::header::AUTHORIZATION, token.clone());
                    let channel = channel.ready().await.map_err(unreachable)?;
                    let answer = channel.call(request).await.map_err(unreachable)?;
                    if calls::code(answer.headers()) == Code::Unauthenticated {
                        tokens.forget(&token).await;
                    }
                    Ok(answer)
                };
                Box::pin(outgoing.answered(answer))
            }
            Way::Nowhere => {
                let message = format!("no address is configured for {}", self.context);
                let status = refuse(Code::Unavailable, "PEER_UNKNOWN", &message);
                Box::pin(async move { Err(status) })
            }
        };
        Box::pin(async move {
            let answer = answer.await;
            let code = answer.as_ref().map(|it| calls::code(it.headers()));
            call.end(code.unwrap_or_else(Status::code));
            answer
        })
    }
}

/// Tells the other side how long we shall wait (gRPC's `grpc-timeout`, at most 8 digits).
fn limit(request: &mut Request<Body>) {
    let Ok(until) = DEADLINE.try_with(|until| *until) else { return };
    let left = until.saturating_duration_since(Instant::now()).as_millis().min(99_999_999);
    if let Ok(value) = HeaderValue::try_from(format!("{left}m")) {
        request.headers_mut().entry("grpc-timeout").or_insert(value);
    }
}

fn unreachable(error: tonic::transport::Error) -> Status {
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        if error.is::<TimeoutExpired>() {
            // The channel minds `grpc-timeout` as well, and would call this CANCELLED.
            return Status::deadline_exceeded("the service did not answer in time");
        }
        cause = error.source();
    }
    Status::from_error(Box::new(error))
}
