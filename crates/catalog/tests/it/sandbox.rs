//! A catalog of its own for each test.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use boxoffice_catalog::Config;
use boxoffice_contracts::catalog::v1 as pb;
use boxoffice_contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use boxoffice_contracts::wkt;
use boxoffice_eventing::{Broker, EventLog, LaneCounts};
use boxoffice_kernel::{Clock, Context};
use boxoffice_runtime::auth::{Auth, DevIssuer, Grant};
use boxoffice_runtime::database::{self, Database};
use boxoffice_runtime::{Deps, Grpc, Limits, Listen, Peers, Role, Running, Server, reason_of};
use boxoffice_testkit::servers::{MariaDb, Postgres};
use sea_orm::{ConnectionTrait as _, Statement};
use tempfile::TempDir;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::{Code, Request, Status};
use uuid::Uuid;

pub(crate) type Client = CatalogServiceClient<InterceptedService<Grpc, Bearer>>;

/// A running catalog, and an admin who talks to it.
pub(crate) struct Sandbox {
    pub(crate) name: &'static str,
    pub(crate) admin: Client,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) address: SocketAddr,
    issuer: DevIssuer,
    db: Database,
    grpc: Grpc,
    _running: Running,
    _directory: Arc<TempDir>,
}

/// Sends a token along.
#[derive(Clone, Debug)]
pub(crate) struct Bearer(AsciiMetadataValue);

// === impl Sandbox ===

impl Sandbox {
    /// One on each kind of database.
    pub(crate) async fn each() -> [Self; 3] {
        [Self::sqlite().await, Self::postgres().await, Self::mariadb().await]
    }

    pub(crate) async fn sqlite() -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let url = format!("sqlite://{}", directory.path().join("catalog.db").display());
        Self::start("sqlite", &url, directory).await
    }

    pub(crate) async fn postgres() -> Self {
        let url = Postgres::shared().await.unwrap().database().await.unwrap();
        let directory = Arc::new(tempfile::tempdir().unwrap());
        Self::start("postgres", &url, directory).await
    }

    pub(crate) async fn mariadb() -> Self {
        let url = MariaDb::shared().await.unwrap().database().await.unwrap();
        let directory = Arc::new(tempfile::tempdir().unwrap());
        Self::start("mariadb", &url, directory).await
    }

    /// Two processes on one database, of a server that takes more than one writer.
    pub(crate) async fn replicas() -> [[Self; 2]; 2] {
        let postgres = Postgres::shared().await.unwrap().database().await.unwrap();
        let mariadb = MariaDb::shared().await.unwrap().database().await.unwrap();
        [Self::two(postgres).await, Self::two(mariadb).await]
    }

    async fn two(url: String) -> [Self; 2] {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let first = Self::start("first", &url, Arc::clone(&directory)).await;
        [first, Self::start("second", &url, directory).await]
    }

    async fn start(name: &'static str, url: &str, directory: Arc<TempDir>) -> Self {
        let db = database::connect(url, &database::Options::default()).await.unwrap();
        database::migrate(&db, boxoffice_catalog::migrations).await.unwrap();
        let log = EventLog::open(&directory.path().join("events.db")).await.unwrap();
        let broker: Arc<dyn Broker> = Arc::new(log);
        let issuer = DevIssuer::open(&directory.path().join("key.pem")).unwrap();
        let auth = Auth::development(issuer.clone());

        let mut server = Server::new(auth.clone(), Limits::default());
        let grpc = server.grpc();
        let peers = Peers::new([Context::CATALOG], &BTreeMap::new(), grpc.clone(), &auth).unwrap();
        let deps = Deps {
            context: Context::CATALOG,
            lanes: LaneCounts::suiting(&db.write),
            db: db.clone(),
            broker: Arc::clone(&broker),
            peers,
            clock: Clock,
        };
        boxoffice_catalog::build(Config::default(), &deps, &mut server);
        let running = server.start(Listen::on(([127, 0, 0, 1], 0).into())).await.unwrap();

        let bearer = Bearer::of(&issuer, "clara", Role::Admin);
        let admin = CatalogServiceClient::with_interceptor(grpc.clone(), bearer);
        let address = running.address();
        Self {
            name,
            admin,
            broker,
            address,
            issuer,
            db,
            grpc,
            _running: running,
            _directory: directory,
        }
    }

    /// Somebody else.
    pub(crate) fn client(&self, sub: &str, role: Role) -> Client {
        let bearer = Bearer::of(&self.issuer, sub, role);
        CatalogServiceClient::with_interceptor(self.grpc.clone(), bearer)
    }

    /// The admin's token.
    pub(crate) fn token(&self) -> String {
        self.issuer.token(&Grant::new("clara", Role::Admin)).unwrap()
    }

    /// The store, to be read.
    pub(crate) fn reader(&self) -> &sea_orm::DatabaseConnection {
        &self.db.read
    }

    /// How many rows there are in a table, or in part of one.
    pub(crate) async fn count(&self, from: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {from}");
        let statement = Statement::from_string(self.db.read.get_database_backend(), sql);
        let row = self.db.read.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get("", "n").unwrap()
    }

    /// Registers a title under a new request id.
    pub(crate) async fn register(&self, title: pb::Title) -> Result<pb::Title, Status> {
        let answer = self.admin.clone().register_title(registration(title)).await?;
        Ok(answer.into_inner().title.unwrap())
    }

    pub(crate) async fn get(&self, title_id: &str) -> Result<pb::Title, Status> {
        let request = pb::GetTitleRequest { title_id: title_id.to_owned() };
        let answer = self.admin.clone().get_title(request).await?;
        Ok(answer.into_inner().title.unwrap())
    }

    pub(crate) async fn update(
        &self,
        title: pb::Title,
        mask: &[&str],
    ) -> Result<pb::Title, Status> {
        let paths = mask.iter().map(|path| (*path).to_owned()).collect();
        let update_mask = Some(wkt::FieldMask { paths });
        let request = pb::UpdateTitleRequest { title: Some(title), update_mask };
        let answer = self.admin.clone().update_title(request).await?;
        Ok(answer.into_inner().title.unwrap())
    }

    pub(crate) async fn remove(&self, title_id: &str) -> Result<pb::Title, Status> {
        let request = pb::RemoveTitleRequest { title_id: title_id.to_owned() };
        let answer = self.admin.clone().remove_title(request).await?;
        Ok(answer.into_inner().title.unwrap())
    }

    pub(crate) async fn list(
        &self,
        request: pb::ListTitlesRequest,
    ) -> Result<pb::ListTitlesResponse, Status> {
        Ok(self.admin.clone().list_titles(request).await?.into_inner())
    }
}

// === impl Bearer ===

impl Bearer {
    fn of(issuer: &DevIssuer, sub: &str, role: Role) -> Self {
        let token = issuer.token(&Grant::new(sub, role)).unwrap();
        Self(format!("Bearer {token}").parse().unwrap())
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

// === what tests say ===

pub(crate) fn registration(title: pb::Title) -> pb::RegisterTitleRequest {
    pb::RegisterTitleRequest { request_id: Uuid::now_v7().to_string(), title: Some(title) }
}

/// A film of an hour and a half.
pub(crate) fn film(name: &str) -> pb::Title {
    pb::Title {
        kind: pb::Kind::Film.into(),
        name: name.to_owned(),
        running_time: Some(wkt::Duration { seconds: 5_400, nanos: 0 }),
        ..pb::Title::default()
    }
}

/// What a refused caller can match on.
pub(crate) fn refusal<T>(answer: Result<T, Status>) -> (Code, String) {
    match answer {
        Ok(_) => (Code::Ok, String::new()),
        Err(status) => (status.code(), reason_of(&status).unwrap_or_default()),
    }
}
