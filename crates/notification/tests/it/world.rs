//! A database and a broker, others who speak, and processes of notification between them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_contracts::access::v1::Role;
use boxoffice_contracts::booking::v1::booking_lookup_service_server::BookingLookupServiceServer;
use boxoffice_contracts::notification::v1 as pb;
use boxoffice_eventing::broker::Outcome;
use boxoffice_eventing::{Broker, EventLog, LaneCounts, Listener, Message};
use boxoffice_kernel::{Clock, Context};
use boxoffice_notification::Config;
use boxoffice_notification::mailer::Mailer;
use boxoffice_runtime::auth::Grant;
use boxoffice_runtime::{
    Auth, BreakerConfig, Database, Deps, DevIssuer, Limits, Listen, Peers, Running, Server,
    database,
};
use boxoffice_testkit::clients::Client;
use boxoffice_testkit::servers::{MariaDb, Postgres};
use prost::Name;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::others::{Booking, Post};

/// Longer than anything here takes, shorter than patience.
const SOON: Duration = Duration::from_secs(30);

/// What notification lives in.
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) booking: Booking,
    pub(crate) post: Arc<Post>,
    pub(crate) db: Database,
    issuer: DevIssuer,
    broker: Arc<dyn Broker>,
    url: String,
    _scratch: TempDir,
}

/// One process of notification. It can die in the middle of anything.
pub(crate) struct Process {
    runtime: Option<Runtime>,
    _running: Running,
    url: String,
}

// === impl World ===

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let scratch = TempDir::with_prefix("boxoffice-notification-").unwrap();
        let url = format!("sqlite://{}", scratch.path().join("notification.db").display());
        Self::new(scratch, url).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let scratch = TempDir::with_prefix("boxoffice-notification-").unwrap();
        let url = Postgres::shared().await.unwrap().database().await.unwrap();
        Self::new(scratch, url).await
    }

    pub(crate) async fn on_mariadb() -> Self {
        let scratch = TempDir::with_prefix("boxoffice-notification-").unwrap();
        let url = MariaDb::shared().await.unwrap().database().await.unwrap();
        Self::new(scratch, url).await
    }

    async fn new(scratch: TempDir, url: String) -> Self {
        let db = connect(&url).await;
        database::migrate(&db, boxoffice_notification::migrations).await.unwrap();
        let broker = EventLog::open(&scratch.path().join("events.db")).await.unwrap();
        let issuer = DevIssuer::open(&scratch.path().join("issuer.pem")).unwrap();
        let config = Config {
            peer_deadline: Duration::from_millis(300),
            mail_deadline: Duration::from_millis(300),
            breaker: BreakerConfig { open: Duration::from_millis(100), ..Default::default() },
            retry: Duration::from_millis(20),
            longest_retry: Duration::from_millis(100),
            poll: Duration::from_millis(20),
            ..Config::default()
        };
        let (booking, post) = (Booking::default(), Arc::default());
        let broker = Arc::new(broker);
        Self { config, booking, post, db, issuer, broker, url, _scratch: scratch }
    }

    /// Starts a process that sends by the post; the first, another replica, or one after a crash.
    pub(crate) async fn start(&self) -> Process {
        self.start_with(Arc::<Post>::clone(&self.post)).await
    }

    /// As [`World::start`], sending by something else.
    pub(crate) async fn start_with(&self, mailer: Arc<dyn Mailer>) -> Process {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (config, booking) = (self.config, self.booking.clone());
        let (broker, url) = (Arc::clone(&self.broker), self.url.clone());
        let auth = Auth::development(self.issuer.clone());
        let started = runtime.spawn(async move {
            let mut server = Server::new(auth.clone(), Limits::default());
            let db = connect(&url).await;
            let lanes = LaneCounts::suiting(&db.write);
            let local = [Context::NOTIFICATION, Context::BOOKING];
            let peers = Peers::new(local, &BTreeMap::new(), server.grpc(), &auth).unwrap();
            let context = Context::NOTIFICATION;
            let deps = Deps { context, db, broker, peers, clock: Clock, lanes };
            boxoffice_notification::build(mailer, config, &deps, &mut server);
            server.serve(BookingLookupServiceServer::new(booking));
            server.start(Listen::on(([127, 0, 0, 1], 0).into())).await.unwrap()
        });
        let running = started.await.unwrap();
        let url = format!("http://{}", running.address());
        Process { runtime: Some(runtime), _running: running, url }
    }

    /// Somebody who calls `process`.
    pub(crate) fn caller(&self, process: &Process, sub: &str, role: Role) -> Client {
        let token = self.issuer.token(&Grant::new(sub, role)).unwrap();
        Client::new(&process.url, Some(&token)).unwrap()
    }

    /// Somebody says something about a booking.
    pub(crate) async fn says<M: Name>(&self, who: Context, booking_id: Uuid, said: &M) -> Message {
        let message = message(who, booking_id, said);
        self.deliver(std::slice::from_ref(&message)).await;
        message
    }

    /// Puts messages of one context on its stream, once more if they were there before.
    pub(crate) async fn deliver(&self, messages: &[Message]) {
        let stream = messages[0].context;
        let end = self.broker.last_sequence(stream).await.unwrap();
        let published = self.broker.publish(stream, end, messages).await;
        assert!(published.failure.is_none(), "{published:?}");
    }

    /// Waits until notification has heard all that was said.
    pub(crate) async fn heard(&self) {
        for source in [Context::BOOKING, Context::PAYMENT, Context::DELIVERY, Context::STREAMING] {
            let name = Listener::durable(Context::NOTIFICATION, source);
            eventually("heard all", async || {
                self.broker.lag(source, &name).await.is_ok_and(|lag| lag == 0)
            })
            .await;
        }
    }

    /// A customer's notices as they see them, newest first.
    pub(crate) async fn notices(&self, process: &Process, sub: &str) -> Vec<pb::Notice> {
        let request = pb::ListNoticesRequest { page_size: 200, ..Default::default() };
        let caller = self.caller(process, sub, Role::Customer);
        caller.notices().list_notices(request).await.unwrap().into_inner().notices
    }

    /// A customer's only notice, once it is in this state.
    pub(crate) async fn until(
        &self,
        process: &Process,
        sub: &str,
        state: pb::NoticeState,
    ) -> pb::Notice {
        let mut found = Vec::new();
        eventually(&format!("{state:?}"), async || {
            found = self.notices(process, sub).await;
            found.len() == 1 && found[0].state() == state
        })
        .await;
        found.remove(0)
    }

    /// What notification has said so far.
    pub(crate) async fn said(&self) -> Vec<pb::NoticeSent> {
        eventually("all published", async || {
            let pending = boxoffice_eventing::pending(&self.db.read).await;
            pending.is_ok_and(|it| it.outbox_unpublished == 0)
        })
        .await;
        let durable = format!("test-{}", Uuid::new_v4());
        let mut reader = self.broker.subscribe(Context::NOTIFICATION, &durable).await.unwrap();
        let end = self.broker.last_sequence(Context::NOTIFICATION).await.unwrap();
        let (mut said, mut read) = (Vec::new(), 0);
        while read < end {
            let fetched = reader.fetch(1000).await.unwrap();
            read = fetched.last().unwrap().sequence;
            let settled = fetched.iter().map(|it| (it.receipt.clone(), Outcome::Done)).collect();
            said.extend(fetched.into_iter().map(|it| it.message.unwrap()));
            reader.settle(settled).await.unwrap();
        }
        let sent = |it: Message| prost::Message::decode(&*it.payload).unwrap();
        said.into_iter().map(sent).collect()
    }
}

// === impl Process ===

impl Process {
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

/// What somebody says about a booking.
pub(crate) fn message<M: Name>(who: Context, booking_id: Uuid, said: &M) -> Message {
    let now = Clock.now();
    Message::new(who, M::full_name(), booking_id, 1, booking_id, now, said.encode_to_vec())
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
    let options =
        database::Options { application: "notification-test".to_owned(), ..Default::default() };
    database::connect(url, &options).await.unwrap()
}
