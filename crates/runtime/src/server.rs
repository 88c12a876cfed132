//! Gathers what contexts offer, then runs it all on one port.

mod bodies;
mod connections;
mod front;
mod grpc;
mod health;
mod limits;
mod page;
mod rates;
mod rest;
mod route;
mod running;
mod scrape;
mod services;
mod streams;

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use prost_reflect::DescriptorPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tower::Service;

use crate::auth::{Access, Auth, Issuer};
use crate::tasks::{Stopping, Tasks};

use bodies::Bodies;
use rates::Rates;

pub use grpc::Grpc;
pub use limits::Limits;
pub use running::{Running, terminated};

/// What contexts plug into.
pub struct Server {
    auth: Auth,
    limits: Limits,
    grpc: Grpc,
    services: services::Services,
    access: Access,
    brought: Brought,
    rest: rest::Rest,
    background: Vec<Background>,
    shows_metrics: bool,
    tasks: Tasks,
    stopping: Stopping,
}

/// Where to listen, and how to stop.
#[derive(Clone, Copy, Debug)]
pub struct Listen {
    /// One port for everything.
    pub address: SocketAddr,
    /// How long requests are still taken after readiness has gone, so that nobody sends any more.
    pub drain: Duration,
    /// How long requests and tasks that are under way may take to finish after that.
    pub grace: Duration,
}

/// Why the server does not start, or why it ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken, or not this machine's.
    #[error(
        "{address} cannot be listened on; choose another address or port, or stop what uses it"
    )]
    Listen {
        /// As given.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Background work panicked. What it did is undone, or taken up again by the next start.
    #[error("{name} panicked")]
    Panicked {
        /// As given to [`Server::spawn`].
        name: &'static str,
    },
    /// What a context brought is no descriptor set.
    #[error("a context's descriptors are not readable")]
    Contract(#[source] prost_reflect::DescriptorError),
    /// A contract says of an RPC not who may call it.
    #[error("{path} does not declare who may call it")]
    Undeclared {
        /// `/package.Service/Method`.
        path: String,
    },
    /// Reflection cannot read the descriptors.
    #[error("the contracts' descriptors are not readable")]
    Descriptors(#[source] tonic_reflection::server::Error),
}

/// Contracts that are not ours, for reflection.
#[derive(Debug, Default)]
struct Brought {
    descriptors: Vec<&'static [u8]>,
    services: Vec<String>,
}

struct Background {
    name: &'static str,
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
}

// === impl Server ===

impl Server {
    /// One that offers nothing yet but health and reflection.
    pub fn new(auth: Auth, limits: Limits) -> Self {
        let bodies = Arc::new(Bodies::new(limits));
        let rates = Arc::new(Rates::new(limits));
        let mut server = Self {
            grpc: Grpc::new(auth.clone(), limits, Arc::clone(&rates), Arc::clone(&bodies)),
            auth,
            limits,
            services: services::Services::new(limits.calls),
            access: Access::declared(),
            brought: Brought::default(),
            rest: rest::Rest::new(bodies),
            background: Vec::new(),
            shows_metrics: false,
            tasks: Tasks::default(),
            stopping: Stopping::default(),
        };
        let stopping = server.stopping();
        server.spawn("rates", async move {
            tokio::select! { () = rates.keep_small() => (), () = stopping.stopped() => () }
        });
        if let Issuer::Oidc(oidc) = &server.auth.issuer {
            let fresh = Arc::clone(oidc).keep_fresh();
            let stopping = server.stopping();
            server.spawn("issuer-keys", async move {
                tokio::select! { () = fresh => (), () = stopping.stopped() => () }
            });
        }
        server
    }

    /// Takes in the contract of a context that is not in ours: the compiled proto files with their imports. Each of their RPCs
    /// says who may call it, by `boxoffice.access.v1.access`; an RPC that no contract declares is refused to everybody.
    pub fn contract(&mut self, descriptors: &'static [u8]) -> Result<(), Error> {
        let pool = DescriptorPool::decode(descriptors).map_err(Error::Contract)?;
        let services = self.access.add(&pool).map_err(|path| Error::Undeclared { path })?;
        self.brought.descriptors.push(descriptors);
        self.brought.services.extend(services);
        Ok(())
    }

    /// Serves a gRPC service.
    pub fn serve<S>(&mut self, service: S)
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.services.add(service);
    }

    /// The gRPC services of this process, callable without a socket, through the same layers as from outside. It answers
    /// UNAVAILABLE until the server has started.
    pub fn grpc(&self) -> Grpc {
        self.grpc.clone()
    }

    /// Serves HTTP/JSON on all paths that start with one of `prefixes`.
    pub fn rest<T>(&mut self, prefixes: &[&'static str], transcoder: T)
    where
        T: rest_over_grpc::transcoding::Transcode + Send + Sync + 'static,
    {
        self.rest.add(prefixes, transcoder);
    }

    /// Hands what is sent to exactly `path` by POST to `handler`, with the body as it came, within the limits of any other.
    /// No token is asked for: `handler` has to know its caller, as a webhook is known by its signature.
    pub fn route<F>(
        &mut self,
        path: &'static str,
        handler: impl Fn(HeaderMap, Bytes) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<(), tonic::Status>> + Send + 'static,
    {
        self.rest.route(route::Route::new(path, handler));
    }

    /// Runs `future` from the start to the end of the server. It may end early; if it panics, the process ends with an
    /// error. At the end it is given two seconds after [`Server::stopping`] has said so.
    pub fn spawn(&mut self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        self.background.push(Background { name, future: Box::pin(future) });
    }

    /// Shows what is measured to whoever asks for `/metrics` at `address`; the answer tells the port if port 0 was asked for.
    /// Call it before contexts plug in: they read figures out of their stores only if somebody can see them.
    pub async fn show_metrics(&mut self, address: SocketAddr) -> Result<SocketAddr, Error> {
        let bad = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(bad)?;
        let address = listener.local_addr().map_err(bad)?;
        self.spawn("metrics", scrape::serve(listener, self.stopping()));
        self.shows_metrics = true;
        Ok(address)
    }

    /// Whether anybody can see what is measured.
    pub(crate) fn shows_metrics(&self) -> bool {
        self.shows_metrics
    }

    /// Starts work that outlives its caller.
    pub fn tasks(&self) -> Tasks {
        self.tasks.clone()
    }

    /// Says when background work is to end.
    pub fn stopping(&self) -> Stopping {
        self.stopping.clone()
    }

    /// Runs until SIGTERM or ctrl-c, then stops as [`Running::until`] says.
    pub async fn run(self, listen: Listen) -> Result<(), Error> {
        let terminated = terminated();
        self.start(listen).await?.until(terminated).await
    }

    /// Listens, and starts what was spawned.
    pub async fn start(self, listen: Listen) -> Result<Running, Error> {
        Running::start(self, listen).await
    }
}

impl boxoffice_eventing::Spawner for Server {
    fn spawn(&mut self, name: &'static str, task: BoxFuture<'static, ()>) {
        self.spawn(name, task);
    }

    fn closing(&self) -> CancellationToken {
        self.stopping.token().clone()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let background: Vec<_> = self.background.iter().map(|it| it.name).collect();
        f.debug_struct("Server")
            .field("services", &self.services)
            .field("background", &background)
            .finish_non_exhaustive()
    }
}

// === impl Listen ===

impl Listen {
    /// Listens on `address`; drains for a second, then gives 20 s of grace.
    pub const fn on(address: SocketAddr) -> Self {
        Self { address, drain: Duration::from_secs(1), grace: Duration::from_secs(20) }
    }
}
