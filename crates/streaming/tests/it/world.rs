//! A database and a broker, and streaming on them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::streaming::v1 as pb;
use boxoffice_eventing::broker::Outcome;
use boxoffice_eventing::{Broker, EventLog, LaneCounts, Listener, Message};
use boxoffice_kernel::{Clock, Context};
use boxoffice_runtime::auth::Grant;
use boxoffice_runtime::{
    Auth, Database, Deps, DevIssuer, Limits, Listen, Peers, Role, Running, Server, database,
    reason_of,
};
use boxoffice_streaming::Config;
use boxoffice_testkit::clients::Client;
use boxoffice_testkit::servers::{MariaDb, Postgres};
use prost::Name;
use tempfile::TempDir;
use tonic::{Code, Status};
use uuid::Uuid;

/// Longer than anything here takes, shorter than patience.
const SOON: Duration = Duration::from_secs(20);

/// A running streaming.
pub(crate) struct World {
    pub db: Database,
    url: String,
    issuer: DevIssuer,
    broker: Arc<dyn Broker>,
    _running: Running,
    _scratch: Arc<TempDir>,
}

/// A home movie that alice wants to see.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub booking_id: Uuid,
    pub customer: String,
    pub title_id: Uuid,
}

// === impl World ===

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let scratch = Arc::new(tempfile::tempdir().unwrap());
        let url = format!("sqlite://{}", scratch.path().join("streaming.db").display());
        Self::start(&url, scratch).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let url = Postgres::shared().await.unwrap().database().await.unwrap();
        Self::start(&url, Arc::new(tempfile::tempdir().unwrap())).await
    }

    pub(crate) async fn on_mariadb() -> Self {
        let url = MariaDb::shared().await.unwrap().database().await.unwrap();
        Self::start(&url, Arc::new(tempfile::tempdir().unwrap())).await
    }

    /// Two processes on one PostgreSQL database.
    pub(crate) async fn replicas() -> [Self; 2] {
        let url = Postgres::shared().await.unwrap().database().await.unwrap();
        let scratch = Arc::new(tempfile::tempdir().unwrap());
        let first = Self::start(&url, Arc::clone(&scratch)).await;
        [first, Self::start(&url, scratch).await]
    }

    async fn start(url: &str, scratch: Arc<TempDir>) -> Self {
        let db = database::connect(url, &database::Options::default()).await.unwrap();
        database::migrate(&db, boxoffice_streaming::migrations).await.unwrap();
        let log = EventLog::open(&scratch.path().join("events.db")).await.unwrap();
        let broker: Arc<dyn Broker> = Arc::new(log);
        let issuer = DevIssuer::open(&scratch.path().join("key.pem")).unwrap();
        let auth = Auth::development(issuer.clone());
        let mut server = Server::new(auth.clone(), Limits::default());
        let local = [Context::STREAMING];
        let peers = Peers::new(local, &BTreeMap::new(), server.grpc(), &auth).unwrap();
        let deps = Deps {
            context: Context::STREAMING,
            lanes: LaneCounts::suiting(&db.write),
            db: db.clone(),
            broker: Arc::clone(&broker),
            peers,
            clock: Clock,
        };
        boxoffice_streaming::build(Config::default(), &deps, &mut server);
        let running = server.start(Listen::on(([127, 0, 0, 1], 0).into())).await.unwrap();
        let url = format!("http://{}", running.address());
        Self { db, url, issuer, broker, _running: running, _scratch: scratch }
    }

    pub(crate) fn caller(&self, sub: &str, role: Role) -> Client {
        let token = self.issuer.token(&Grant::new(sub, role)).unwrap();
        Client::new(&self.url, Some(&token)).unwrap()
    }

    /// Booking says that it is confirmed, and streaming has heard it.
    pub(crate) async fn confirm(&self, order: &Order) {
        self.hears(&[order.confirmed()]).await;
    }

    /// Booking says that it is cancelled, and streaming has heard it.
    pub(crate) async fn cancel(&self, order: &Order) {
        self.hears(&[order.cancelled()]).await;
    }

    /// Puts messages on booking's stream, and waits until all are heard.
    pub(crate) async fn hears(&self, messages: &[Message]) {
        for message in messages {
            let end = self.broker.last_sequence(Context::BOOKING).await.unwrap();
            let one = std::slice::from_ref(message);
            let published = self.broker.publish(Context::BOOKING, end, one).await;
            assert!(published.failure.is_none(), "{published:?}");
        }
        let name = Listener::durable(Context::STREAMING, Context::BOOKING);
        eventually("heard all", async || {
            self.broker.lag(Context::BOOKING, &name).await.is_ok_and(|lag| lag == 0)
        })
        .await;
    }

    /// The order's licence, if care sees one.
    pub(crate) async fn find(&self, order: &Order) -> Option<pb::License> {
        let booking_id = order.booking_id.to_string();
        let request = pb::ListLicensesRequest { booking_id, ..Default::default() };
        let care = self.caller("care", Role::Care);
        let found = care.streaming().list_licenses(request).await.unwrap().into_inner();
        assert!(found.licenses.len() <= 1, "{found:?}");
        found.licenses.into_iter().next()
    }

    pub(crate) async fn watch(&self, sub: &str, id: &str) -> Result<pb::License, Status> {
        let request = pb::WatchTitleRequest { license_id: id.to_owned() };
        let answer = self.caller(sub, Role::Customer).streaming().watch_title(request).await?;
        Ok(answer.into_inner().license.unwrap())
    }

    /// As booking asks.
    pub(crate) async fn revoke(&self, order: &Order) -> Result<Option<pb::License>, Status> {
        let request = pb::RevokeLicenseRequest {
            booking_id: order.booking_id.to_string(),
            customer_id: order.customer.clone(),
        };
        let service = self.caller("booking", Role::Service);
        Ok(service.revocations().revoke_license(request).await?.into_inner().license)
    }

    /// What streaming has said in the case of this order: names without the package, in order.
    pub(crate) async fn said(&self, order: &Order) -> Vec<String> {
        eventually("all published", async || {
            let pending = boxoffice_eventing::pending(&self.db.read).await;
            pending.is_ok_and(|it| it.outbox_unpublished == 0)
        })
        .await;
        let durable = format!("test-{}", Uuid::new_v4());
        let mut reader = self.broker.subscribe(Context::STREAMING, &durable).await.unwrap();
        let end = self.broker.last_sequence(Context::STREAMING).await.unwrap();
        let (mut said, mut read) = (Vec::new(), 0);
        while read < end {
            let fetched = reader.fetch(1000).await.unwrap();
            read = fetched.last().unwrap().sequence;
            let settled = fetched.iter().map(|it| (it.receipt.clone(), Outcome::Done)).collect();
            said.extend(fetched.into_iter().map(|it| it.message.unwrap()));
            reader.settle(settled).await.unwrap();
        }
        said.retain(|it| it.correlation_id == order.booking_id);
        said.iter().map(|it| it.name.rsplit('.').next().unwrap().to_owned()).collect()
    }

    /// Events that could not be handled.
    pub(crate) async fn dead_letters(&self) -> u64 {
        boxoffice_eventing::pending(&self.db.read).await.unwrap().dead_letters
    }
}

// === impl Order ===

impl Order {
    pub(crate) fn by(customer: &str) -> Self {
        let (booking_id, title_id) = (Uuid::new_v4(), Uuid::new_v4());
        Self { booking_id, customer: customer.to_owned(), title_id }
    }

    pub(crate) fn confirmed(&self) -> Message {
        let bought = booking::HomeMovie { title_id: self.title_id.to_string() };
        self.confirmed_with(booking::booking_confirmed::Item::HomeMovie(bought))
    }

    pub(crate) fn confirmed_with(&self, item: booking::booking_confirmed::Item) -> Message {
        self.say(&booking::BookingConfirmed {
            booking_id: self.booking_id.to_string(),
            customer_id: self.customer.clone(),
            item: Some(item),
            ..Default::default()
        })
    }

    pub(crate) fn cancelled(&self) -> Message {
        self.say(&booking::BookingCancelled {
            booking_id: self.booking_id.to_string(),
            customer_id: self.customer.clone(),
            ..Default::default()
        })
    }

    /// What booking says of it.
    pub(crate) fn say<M: Name>(&self, said: &M) -> Message {
        let (id, payload) = (self.booking_id, said.encode_to_vec());
        Message::new(Context::BOOKING, M::full_name(), id, 1, id, Clock.now(), payload)
    }
}

/// What a refused caller can match on.
pub(crate) fn refusal<T>(answer: Result<T, Status>) -> (Code, String) {
    match answer {
        Ok(_) => (Code::Ok, String::new()),
        Err(status) => (status.code(), reason_of(&status).unwrap_or_default()),
    }
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
