//! A database and a broker, and processes of my page between them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_contracts::mypage::v1 as pb;
use boxoffice_contracts::mypage::v1::care_service_client::CareServiceClient;
use boxoffice_contracts::mypage::v1::my_page_service_client::MyPageServiceClient;
use boxoffice_eventing::{Broker, EventLog, LaneCounts, Listener, Message};
use boxoffice_kernel::{Clock, Context};
use boxoffice_mypage::Config;
use boxoffice_runtime::auth::{Auth, DevIssuer, Grant};
use boxoffice_runtime::database::{self, Database};
use boxoffice_runtime::{Deps, Grpc, Limits, Listen, Peers, Role, Running, Server, reason_of};
use boxoffice_testkit::servers::{MariaDb, Postgres};
use tempfile::TempDir;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::{Code, Request, Status};
use uuid::Uuid;

/// Longer than anything here takes, shorter than patience.
const SOON: Duration = Duration::from_secs(30);
/// Whom my page follows.
const SOURCES: [Context; 6] = [
    Context::CATALOG,
    Context::SEATING,
    Context::BOOKING,
    Context::PAYMENT,
    Context::DELIVERY,
    Context::STREAMING,
];

type Line = InterceptedService<Grpc, Bearer>;

/// A kind of database.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    MariaDb,
}

/// A running my page, and everybody around it.
pub(crate) struct World {
    pub(crate) kind: Kind,
    pub(crate) db: Database,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) process: Process,
    url: String,
    issuer: DevIssuer,
    _directory: TempDir,
}

/// One process of my page.
pub(crate) struct Process {
    pub(crate) address: String,
    grpc: Grpc,
    _running: Running,
}

/// Sends a token along.
#[derive(Clone, Debug)]
pub(crate) struct Bearer(AsciiMetadataValue);

/// Everything that can be seen: each booking with its steps, by id.
pub(crate) type Everything = BTreeMap<String, (pb::BookingView, Vec<pb::Step>)>;

// === impl World ===

impl World {
    pub(crate) async fn on(kind: Kind) -> Self {
        let directory = TempDir::with_prefix("boxoffice-mypage-").unwrap();
        let url = match kind {
            Kind::Sqlite => format!("sqlite://{}", directory.path().join("mypage.db").display()),
            Kind::Postgres => Postgres::shared().await.unwrap().database().await.unwrap(),
            Kind::MariaDb => MariaDb::shared().await.unwrap().database().await.unwrap(),
        };
        Self::at(kind, url, directory).await
    }

    /// On a database of the test's own.
    pub(crate) async fn at(kind: Kind, url: String, directory: TempDir) -> Self {
        let db = connect(&url).await;
        database::migrate(&db, boxoffice_mypage::migrations).await.unwrap();
        let log = EventLog::open(&directory.path().join("events.db")).await.unwrap();
        let broker: Arc<dyn Broker> = Arc::new(log);
        let issuer = DevIssuer::open(&directory.path().join("key.pem")).unwrap();
        let process = start(&url, &broker, &issuer).await;
        Self { kind, db, broker, process, url, issuer, _directory: directory }
    }

    /// Another process on the same database.
    pub(crate) async fn replica(&self) -> Process {
        start(&self.url, &self.broker, &self.issuer).await
    }

    /// Somebody's own page, at one process.
    pub(crate) fn page_at(&self, process: &Process, sub: &str) -> MyPageServiceClient<Line> {
        let bearer = Bearer::of(&self.issuer, sub, Role::Customer);
        MyPageServiceClient::with_interceptor(process.grpc.clone(), bearer)
    }

    pub(crate) fn page(&self, sub: &str) -> MyPageServiceClient<Line> {
        self.page_at(&self.process, sub)
    }

    /// Customer care, or somebody who would like to be.
    pub(crate) fn care_as(&self, role: Role) -> CareServiceClient<Line> {
        let bearer = Bearer::of(&self.issuer, "carla", role);
        CareServiceClient::with_interceptor(self.process.grpc.clone(), bearer)
    }

    pub(crate) fn token(&self, sub: &str) -> String {
        self.issuer.token(&Grant::new(sub, Role::Customer)).unwrap()
    }

    /// Puts messages on the streams of those who say them, in this order, and waits until they are heard.
    pub(crate) async fn says(&self, messages: impl IntoIterator<Item = Message>) {
        self.publish(messages).await;
        self.heard().await;
    }

    pub(crate) async fn publish(&self, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            let stream = message.context;
            let end = self.broker.last_sequence(stream).await.unwrap();
            let published = self.broker.publish(stream, end, &[message]).await;
            assert!(published.failure.is_none(), "{published:?}");
        }
    }

    /// Waits until my page has heard everything.
    pub(crate) async fn heard(&self) {
        for source in SOURCES {
            let durable = Listener::durable(Context::MYPAGE, source);
            eventually("heard all", async || {
                self.broker.lag(source, &durable).await.is_ok_and(|lag| lag == 0)
            })
            .await;
        }
    }

    /// A customer's bookings, newest first.
    pub(crate) async fn list(&self, sub: &str) -> Vec<pb::BookingView> {
        let request = pb::ListMyBookingsRequest { page_size: 200, ..Default::default() };
        self.page(sub).list_my_bookings(request).await.unwrap().into_inner().bookings
    }

    pub(crate) async fn get(
        &self,
        sub: &str,
        booking: Uuid,
    ) -> Result<pb::GetMyBookingResponse, Status> {
        let request = pb::GetMyBookingRequest { booking_id: booking.to_string() };
        Ok(self.page(sub).get_my_booking(request).await?.into_inner())
    }

    /// What customer care finds.
    pub(crate) async fn search(
        &self,
        request: pb::SearchBookingsRequest,
    ) -> Result<pb::SearchBookingsResponse, Status> {
        Ok(self.care_as(Role::Care).search_bookings(request).await?.into_inner())
    }

    pub(crate) async fn look_up(&self, booking_id: &str) -> pb::GetCareBookingResponse {
        let request = pb::GetCareBookingRequest { booking_id: booking_id.to_owned() };
        self.care_as(Role::Care).get_care_booking(request).await.unwrap().into_inner()
    }

    pub(crate) async fn everything(&self) -> Everything {
        let all = pb::SearchBookingsRequest { page_size: 200, ..Default::default() };
        let mut everything = Everything::new();
        for view in self.search(all).await.unwrap().bookings {
            let found = self.look_up(&view.booking_id).await;
            assert_eq!(found.booking.as_ref(), Some(&view));
            everything.insert(view.booking_id.clone(), (view, found.steps));
        }
        everything
    }
}

async fn start(url: &str, broker: &Arc<dyn Broker>, issuer: &DevIssuer) -> Process {
    let auth = Auth::development(issuer.clone());
    let mut server = Server::new(auth.clone(), Limits::default());
    let grpc = server.grpc();
    let peers = Peers::new([Context::MYPAGE], &BTreeMap::new(), grpc.clone(), &auth).unwrap();
    let db = connect(url).await;
    let deps = Deps {
        context: Context::MYPAGE,
        lanes: LaneCounts::suiting(&db.write),
        db,
        broker: Arc::clone(broker),
        peers,
        clock: Clock,
    };
    boxoffice_mypage::build(Config::default(), &deps, &mut server);
    let running = server.start(Listen::on(([127, 0, 0, 1], 0).into())).await.unwrap();
    Process { address: format!("http://{}", running.address()), grpc, _running: running }
}

async fn connect(url: &str) -> Database {
    database::connect(url, &database::Options::default()).await.unwrap()
}

/// Waits until it is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(SOON, waiting).await;
    assert!(waited.is_ok(), "not {what} within {SOON:?}");
}

/// What a refused caller can match on.
pub(crate) fn refusal<T>(answer: Result<T, Status>) -> (Code, String) {
    match answer {
        Ok(_) => (Code::Ok, String::new()),
        Err(status) => (status.code(), reason_of(&status).unwrap_or_default()),
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
