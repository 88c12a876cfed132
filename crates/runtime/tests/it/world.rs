//! A server of fakes on a free port.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use boxoffice_contracts::booking::v1::booking_service_client::BookingServiceClient;
use boxoffice_contracts::booking::v1::booking_service_server::BookingServiceServer;
use boxoffice_contracts::catalog::v1::ListTitlesRequest;
use boxoffice_contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use boxoffice_contracts::catalog::v1::catalog_service_server::CatalogServiceServer;
use boxoffice_contracts::payment::v1::payment_approval_service_client::PaymentApprovalServiceClient;
use boxoffice_contracts::payment::v1::payment_approval_service_server::PaymentApprovalServiceServer;
use boxoffice_contracts::rest;
use boxoffice_kernel::Context;
use boxoffice_runtime::auth::Grant;
use boxoffice_runtime::server::Error;
use boxoffice_runtime::{Auth, DevIssuer, Limits, Listen, Peers, Role, Server, reason_of};
use boxoffice_telemetry::{Format, Guard, Logs, Traces};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use url::Url;

use crate::fake::{Fake, Seen};

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) issuer: DevIssuer,
    pub(crate) key: PathBuf,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<Result<(), Error>>,
    _directory: Option<TempDir>,
}

/// What a world may differ in.
pub(crate) struct Plan {
    pub(crate) limits: Limits,
    pub(crate) drain: Duration,
    pub(crate) grace: Duration,
    /// None: the development issuer with a key of its own.
    pub(crate) key: Option<PathBuf>,
    pub(crate) auth: Option<Auth>,
    /// What is served here; payment elsewhere is called at this URL.
    pub(crate) payment: Result<(), Option<Url>>,
    pub(crate) more: fn(&mut Server),
}

static TELEMETRY: OnceLock<Guard> = OnceLock::new();

/// Trace ids need a subscriber; tests of one process share it.
pub(crate) fn traced() {
    let logs = Logs { format: Format::Human, filter: "off".to_owned() };
    TELEMETRY.get_or_init(|| boxoffice_telemetry::init(logs, &Traces::default()).unwrap());
}

pub(crate) async fn world() -> World {
    Plan::default().start().await
}

pub(crate) fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = MetadataValue::try_from(format!("Bearer {token}")).unwrap();
    request.metadata_mut().insert("authorization", bearer);
    request
}

pub(crate) fn query(query: &str) -> ListTitlesRequest {
    ListTitlesRequest { query: query.to_owned(), ..ListTitlesRequest::default() }
}

pub(crate) fn why(status: &Status) -> (tonic::Code, String) {
    (status.code(), reason_of(status).unwrap_or_default())
}

// === impl Plan ===

impl Default for Plan {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            drain: Duration::ZERO,
            grace: Duration::from_secs(5),
            key: None,
            auth: None,
            payment: Ok(()),
            more: |_| (),
        }
    }
}

impl Plan {
    pub(crate) async fn start(self) -> World {
        traced();
        let directory = tempfile::tempdir().unwrap();
        let key = self.key.unwrap_or_else(|| directory.path().join("dev.pem"));
        let issuer = DevIssuer::open(&key).unwrap();
        let auth = self.auth.unwrap_or_else(|| Auth::development(issuer.clone()));
        let mut server = Server::new(auth.clone(), self.limits);
        let payment_is_here = self.payment.is_ok();
        let mut local = vec![Context::CATALOG, Context::BOOKING];
        let mut urls = BTreeMap::new();
        match self.payment {
            Ok(()) => local.push(Context::PAYMENT),
            Err(Some(url)) => _ = urls.insert(Context::PAYMENT, url),
            Err(None) => (),
        }
        let peers = Peers::new(local, &urls, server.grpc(), &auth).unwrap();
        let seen = Arc::default();
        let payment = Some(peers.get(Context::PAYMENT));
        let fake = Fake { seen: Arc::clone(&seen), payment, tasks: server.tasks() };
        let catalog = CatalogServiceServer::new(fake.clone());
        server.serve(catalog.max_decoding_message_size(1024 * 1024));
        server.serve(BookingServiceServer::new(fake.clone()));
        if payment_is_here {
            server.serve(PaymentApprovalServiceServer::new(fake));
        }
        server.rest(&["/v1/titles"], rest::catalog(server.grpc()));
        server.rest(&["/v1/bookings"], rest::booking(server.grpc()));
        (self.more)(&mut server);
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let listen = Listen { address, drain: self.drain, grace: self.grace };
        let running = server.start(listen).await.unwrap();
        let address = running.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::task::spawn(running.until(async move { _ = stopped.await }));
        World { address, issuer, key, seen, stop: Some(stop), ended, _directory: Some(directory) }
    }
}

// === impl World ===

impl World {
    pub(crate) fn channel(&self) -> Channel {
        Endpoint::from_shared(self.url("")).unwrap().connect_lazy()
    }

    pub(crate) fn catalog(&self) -> CatalogServiceClient<Channel> {
        CatalogServiceClient::new(self.channel())
    }

    pub(crate) fn booking(&self) -> BookingServiceClient<Channel> {
        BookingServiceClient::new(self.channel())
    }

    pub(crate) fn approvals(&self) -> PaymentApprovalServiceClient<Channel> {
        PaymentApprovalServiceClient::new(self.channel())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn token(&self, sub: &str, role: Role) -> String {
        self.issuer.token(&Grant::new(sub, role)).unwrap()
    }

    /// Like SIGTERM.
    pub(crate) fn terminate(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub(crate) async fn ended(self) -> Result<(), Error> {
        self.ended.await.unwrap()
    }

    pub(crate) async fn stop(mut self) -> Result<(), Error> {
        self.terminate();
        self.ended().await
    }
}
