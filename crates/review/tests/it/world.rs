//! A database, a broker and booking, and processes of review between them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_contracts::access::v1::Role;
use boxoffice_contracts::booking::v1::booking_lookup_service_server::BookingLookupServiceServer;
use boxoffice_contracts::review::v1 as pb;
use boxoffice_eventing::broker::Outcome;
use boxoffice_eventing::{Broker, EventLog, LaneCounts, Message};
use boxoffice_kernel::{Clock, Context};
use boxoffice_review::Config;
use boxoffice_review::audit::Ratings;
use boxoffice_runtime::auth::Grant;
use boxoffice_runtime::{
    Auth, BreakerConfig, Database, Deps, DevIssuer, Limits, Listen, Peers, Running, Server,
    database, reason_of,
};
use boxoffice_testkit::clients::Client;
use boxoffice_testkit::servers::{MariaDb, Postgres};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::booking::{Booking, Door};

/// Longer than anything here takes, shorter than patience.
const SOON: Duration = Duration::from_secs(20);

/// What review lives in.
pub(crate) struct World {
    pub config: Config,
    pub door: Arc<Door>,
    db: Database,
    issuer: DevIssuer,
    broker: Arc<dyn Broker>,
    url: String,
    _scratch: TempDir,
}

/// One process of review. It can die in the middle of anything.
pub(crate) struct Process {
    runtime: Option<Runtime>,
    _running: Running,
    url: String,
    issuer: DevIssuer,
}

// === impl World ===

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let scratch = TempDir::with_prefix("boxoffice-review-").unwrap();
        let url = format!("sqlite://{}", scratch.path().join("review.db").display());
        Self::new(scratch, url).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let scratch = TempDir::with_prefix("boxoffice-review-").unwrap();
        let url = Postgres::shared().await.unwrap().database().await.unwrap();
        Self::new(scratch, url).await
    }

    pub(crate) async fn on_mariadb() -> Self {
        let scratch = TempDir::with_prefix("boxoffice-review-").unwrap();
        let url = MariaDb::shared().await.unwrap().database().await.unwrap();
        Self::new(scratch, url).await
    }

    async fn new(scratch: TempDir, url: String) -> Self {
        let db = connect(&url).await;
        database::migrate(&db, boxoffice_review::migrations).await.unwrap();
        let broker = EventLog::open(&scratch.path().join("events.db")).await.unwrap();
        let issuer = DevIssuer::open(&scratch.path().join("issuer.pem")).unwrap();
        let config = Config {
            deadline: Duration::from_millis(300),
            breaker: BreakerConfig { open: Duration::from_millis(200), ..Default::default() },
            retry: Duration::from_millis(50),
            longest_retry: Duration::from_millis(200),
            poll: Duration::from_millis(20),
            ..Config::default()
        };
        let (door, broker) = (Arc::default(), Arc::new(broker));
        Self { config, door, db, issuer, broker, url, _scratch: scratch }
    }

    /// Starts a process; the first, another replica, or one after a crash.
    pub(crate) async fn start(&self) -> Process {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (config, door) = (self.config, Arc::clone(&self.door));
        let (broker, url) = (Arc::clone(&self.broker), self.url.clone());
        let auth = Auth::development(self.issuer.clone());
        let started = runtime.spawn(async move {
            let mut server = Server::new(auth.clone(), Limits::default());
            server.serve(BookingLookupServiceServer::new(Booking(door)));
            let db = connect(&url).await;
            let lanes = LaneCounts::suiting(&db.write);
            let here = [Context::REVIEW, Context::BOOKING];
            let peers = Peers::new(here, &BTreeMap::new(), server.grpc(), &auth).unwrap();
            let deps = Deps { context: Context::REVIEW, db, broker, peers, clock: Clock, lanes };
            boxoffice_review::build(config, &deps, &mut server);
            server.start(Listen::on(([127, 0, 0, 1], 0).into())).await.unwrap()
        });
        let running = started.await.unwrap();
        let url = format!("http://{}", running.address());
        Process { runtime: Some(runtime), _running: running, url, issuer: self.issuer.clone() }
    }

    /// What review has said so far, in order: names without the package.
    pub(crate) async fn said(&self) -> Vec<(String, Message)> {
        // Whatever is in the outbox gets out first.
        eventually("all published", async || {
            let pending = boxoffice_eventing::pending(&self.db.read).await;
            pending.is_ok_and(|it| it.outbox_unpublished == 0)
        })
        .await;
        let durable = format!("test-{}", Uuid::new_v4());
        let mut reader = self.broker.subscribe(Context::REVIEW, &durable).await.unwrap();
        let end = self.broker.last_sequence(Context::REVIEW).await.unwrap();
        let (mut said, mut read) = (Vec::new(), 0);
        while read < end {
            let fetched = reader.fetch(1000).await.unwrap();
            read = fetched.last().unwrap().sequence;
            let settled = fetched.iter().map(|it| (it.receipt.clone(), Outcome::Done)).collect();
            said.extend(fetched.into_iter().map(|it| it.message.unwrap()));
            reader.settle(settled).await.unwrap();
        }
        let name = |it: &Message| it.name.rsplit('.').next().unwrap().to_owned();
        said.into_iter().map(|it| (name(&it), it)).collect()
    }

    /// The names of what review has said.
    pub(crate) async fn said_names(&self) -> Vec<String> {
        self.said().await.into_iter().map(|(name, _)| name).collect()
    }

    /// What an audit reads; ratings are what their reviews come to.
    pub(crate) async fn audited(&self) -> Ratings {
        let ratings = Ratings::read(&self.db.read).await.unwrap();
        assert_eq!(ratings.mismatches(), []);
        ratings
    }

    /// Rows in a table, or in part of one.
    pub(crate) async fn count(&self, from: &str) -> i64 {
        use sea_orm::{ConnectionTrait as _, Statement};
        let sql = format!("SELECT count(*) AS n FROM {from}");
        let statement = Statement::from_string(self.db.read.get_database_backend(), sql);
        let row = self.db.read.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get("", "n").unwrap()
    }
}

// === impl Process ===

impl Process {
    /// A customer; nobody in particular without a name.
    pub(crate) fn customer(&self, sub: &str) -> Client {
        let token = || self.issuer.token(&Grant::new(sub, Role::Customer)).unwrap();
        let token = (!sub.is_empty()).then(token);
        Client::new(&self.url, token.as_deref()).unwrap()
    }

    /// Somebody reviews a title, under a new request id.
    pub(crate) async fn write(
        &self,
        sub: &str,
        title: Uuid,
        stars: i32,
    ) -> Result<pb::Review, Status> {
        self.ask(sub, request(title, stars)).await
    }

    pub(crate) async fn ask(
        &self,
        sub: &str,
        request: pb::CreateReviewRequest,
    ) -> Result<pb::Review, Status> {
        let answer = self.customer(sub).review().create_review(request).await?;
        Ok(answer.into_inner().review.unwrap())
    }

    pub(crate) async fn get(&self, sub: &str, id: &str) -> Result<pb::Review, Status> {
        let request = pb::GetReviewRequest { review_id: id.to_owned() };
        let answer = self.customer(sub).review().get_review(request).await?;
        Ok(answer.into_inner().review.unwrap())
    }

    pub(crate) async fn delete(&self, sub: &str, id: &str) -> Result<(), Status> {
        let request = pb::DeleteReviewRequest { review_id: id.to_owned() };
        self.customer(sub).review().delete_review(request).await.map(drop)
    }

    /// Average and count, as anybody reads them.
    pub(crate) async fn rating(&self, title: Uuid) -> (f64, i32) {
        let request = pb::GetRatingRequest { title_id: title.to_string() };
        let answer = self.customer("").review().get_rating(request).await.unwrap();
        let rating = answer.into_inner().rating.unwrap();
        assert_eq!(rating.title_id, title.to_string());
        (rating.average, rating.count)
    }

    /// The ids of a title's published reviews, as anybody lists them.
    pub(crate) async fn listed(&self, title: Uuid) -> Vec<String> {
        let request = pb::ListReviewsRequest { title_id: title.to_string(), ..Default::default() };
        let answer = self.customer("").review().list_reviews(request).await.unwrap();
        answer.into_inner().reviews.into_iter().map(|it| it.review_id).collect()
    }

    /// Their own review, once it is in this state.
    pub(crate) async fn until(&self, sub: &str, id: &str, state: pb::ReviewState) -> pb::Review {
        let mut found = None;
        eventually(&format!("{state:?}"), async || {
            found = self.get(sub, id).await.ok();
            found.as_ref().is_some_and(|it| it.state() == state)
        })
        .await;
        found.unwrap()
    }

    /// It dies at once, in the middle of whatever it does.
    pub(crate) fn crash(self) {}
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

// === what tests say ===

pub(crate) fn request(title: Uuid, stars: i32) -> pb::CreateReviewRequest {
    pb::CreateReviewRequest {
        request_id: Uuid::new_v4().to_string(),
        title_id: title.to_string(),
        stars,
        text: "as it was".to_owned(),
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

async fn connect(url: &str) -> Database {
    let options = database::Options { application: "review-test".to_owned(), ..Default::default() };
    database::connect(url, &options).await.unwrap()
}
