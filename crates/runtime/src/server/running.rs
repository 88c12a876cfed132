//! A server that runs, and how it stops.

use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::TaskTracker;
use tonic_reflection::server::Builder as Reflection;

use super::connections;
use super::front::Front;
use super::health::{Health, LONGEST_QUESTION};
use super::page::Pages;
use super::services::Services;
use super::{Background, Brought, Error, Grpc, Listen, Server};
use crate::tasks::{Stopping, Tasks};

/// A server that listens.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    listen: Listen,
    health: Health,
    grpc: Grpc,
    connections: JoinHandle<()>,
    background: JoinSet<()>,
    failed: mpsc::UnboundedReceiver<&'static str>,
    tasks: Tasks,
    stopping: Stopping,
}

/// How long background work may take to end once it was told to.
const FAREWELL: Duration = Duration::from_secs(2);

// === impl Running ===

impl Running {
    pub(crate) async fn start(server: Server, listen: Listen) -> Result<Self, Error> {
        let Server {
            auth,
            limits,
            grpc,
            mut services,
            access,
            brought,
            rest,
            background,
            shows_metrics: _,
            tasks,
            stopping,
        } = server;
        let bad = |source| Error::Listen { address: listen.address, source };
        let listener = TcpListener::bind(listen.address).await.map_err(bad)?;
        let address = listener.local_addr().map_err(bad)?;

        let (health, answers) = Health::new(&services.names()).await;
        services.add(answers);
        reflect(&mut services, &brought)?;
        grpc.bind(services, access);

        let (say_failed, failed) = mpsc::unbounded_channel();
        let mut running = JoinSet::new();
        for Background { name, future } in background {
            let say_failed = say_failed.clone();
            running.spawn(async move {
                if AssertUnwindSafe(future).catch_unwind().await.is_err() {
                    // Nobody listens any more once the server has stopped.
                    let _ = say_failed.send(name);
                }
            });
        }

        let front = Arc::new(Front { grpc: grpc.clone(), rest, pages: Pages::new(&auth) });
        let serving = connections::serve(listener, front, limits, grpc.draining().clone());
        let connections = TaskTracker::new().spawn(serving);
        health.serving().await;
        Ok(Self {
            address,
            listen,
            health,
            grpc,
            connections,
            background: running,
            failed,
            tasks,
            stopping,
        })
    }

    /// Where it listens; tells the port if port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on health answers for `name` too, by what `is_well` says once a second. We are ready either way.
    pub fn watch(&mut self, name: &'static str, is_well: impl Fn() -> bool + Send + 'static) {
        let (health, stopping) = (self.health.clone(), self.stopping.clone());
        self.background.spawn(async move {
            loop {
                health.tell(name, is_well()).await;
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(1)) => {}
                    () = stopping.stopped() => return,
                }
            }
        });
    }

    /// Runs until `stop`, or until background work panics. Then readiness goes first, new connections are refused after
    /// [`Listen::drain`], what is under way may finish within [`Listen::grace`], and background work ends last.
    pub async fn until(mut self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let failed = tokio::select! {
            () = stop => None,
            Some(name) = self.failed.recv() => Some(name),
        };
        self.health.not_serving().await;
        match failed {
            None => {
                tracing::info!("stopping");
                tokio::time::sleep(self.listen.drain).await;
            }
            Some(name) => tracing::error!(name, "stopping, because background work panicked"),
        }
        self.drain().await;
        self.stopping.stop();
        self.say_farewell().await;
        match failed {
            None => Ok(()),
            Some(name) => Err(Error::Panicked { name }),
        }
    }

    /// Waits for connections first: they start tasks.
    async fn drain(&mut self) {
        self.grpc.draining().cancel();
        let deadline = Instant::now() + self.listen.grace;
        if timeout_at(deadline, &mut self.connections).await.is_err() {
            tracing::warn!("requests are cut off: the grace period is over");
            self.connections.abort();
        }
        if timeout_at(deadline, self.tasks.finished()).await.is_err() {
            let left = self.tasks.running();
            tracing::warn!(left, "tasks are left to the next start: the grace period is over");
        }
    }

    async fn say_farewell(&mut self) {
        let ended = async { while self.background.join_next().await.is_some() {} };
        if timeout(FAREWELL, ended).await.is_err() {
            tracing::debug!(left = self.background.len(), "background work is cut off");
            self.background.shutdown().await;
        }
    }
}

/// Every process reflects all public services, whichever it serves itself, and what its contexts brought.
fn reflect(services: &mut Services, brought: &Brought) -> Result<(), Error> {
    let builder = || {
        let mut builder = Reflection::configure()
            .register_encoded_file_descriptor_set(boxoffice_contracts::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health");
        for descriptors in &brought.descriptors {
            builder = builder.register_encoded_file_descriptor_set(descriptors);
        }
        for name in boxoffice_contracts::public_services().iter().chain(&brought.services) {
            builder = builder.with_service_name(name);
        }
        builder
    };
    let v1 = builder().with_service_name("grpc.reflection.v1.ServerReflection");
    let v1 = v1.build_v1().map_err(Error::Descriptors)?;
    services.add(v1.max_decoding_message_size(LONGEST_QUESTION));
    let v1alpha = builder().with_service_name("grpc.reflection.v1alpha.ServerReflection");
    let v1alpha = v1alpha.build_v1alpha().map_err(Error::Descriptors)?;
    services.add(v1alpha.max_decoding_message_size(LONGEST_QUESTION));
    Ok(())
}

/// SIGTERM or ctrl-c. They are heard from the call on, not only once this is awaited: until somebody listens, the first ends the
/// process at once, or, if it is a container's first process, does nothing.
pub fn terminated() -> impl Future<Output = ()> {
    let heard = signal(SignalKind::terminate()).and_then(|terminate| {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok((terminate, interrupt))
    });
    async move {
        match heard {
            Ok((mut terminate, mut interrupt)) => tokio::select! {
                _ = terminate.recv() => (),
                _ = interrupt.recv() => (),
            },
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be heard");
                std::future::pending().await
            }
        }
    }
}
