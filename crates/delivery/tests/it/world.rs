//! A database and a broker, what is outside, and processes of delivery between them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::booking::v1::booking_lookup_service_server::BookingLookupServiceServer;
use boxoffice_contracts::convert;
use boxoffice_contracts::delivery::v1 as pb;
use boxoffice_contracts::payment::v1 as payment;
use boxoffice_delivery::Config;
use boxoffice_eventing::broker::Outcome;
use boxoffice_eventing::{Broker, EventLog, LaneCounts, Listener, Message};
use boxoffice_kernel::{Clock, Context};
use boxoffice_runtime::auth::Grant;
use boxoffice_runtime::{
    Auth, BreakerConfig, Database, Deps, DevIssuer, Limits, Listen, Peers, Role, Running, Server,
    database, reason_of,
};
use boxoffice_testkit::clients::Client;
use boxoffice_testkit::servers::{MariaDb, Postgres};
use prost::Name;
use tempfile::TempDir;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::outside::{Booking, Carrier, Outside};

/// Longer than anything here takes, shorter than patience.
const SOON: Duration = Duration::from_secs(20);

/// What delivery lives in.
pub(crate) struct World {
    pub outside: Arc<Outside>,
    pub db: Database,
    pub config: Config,
    issuer: DevIssuer,
    broker: Arc<dyn Broker>,
    url: String,
    _scratch: TempDir,
}

/// One process of delivery.
pub(crate) struct Process {
    _running: Running,
    url: String,
}

/// A booking, as others tell of it.
#[derive(Clone, Debug)]
pub(crate) struct Sale {
    pub booking_id: Uuid,
    pub payment_id: Uuid,
    pub showing_id: Uuid,
    pub customer: String,
    pub fulfilment: booking::Fulfilment,
    pub seats: Vec<String>,
    pub quantity: i32,
}

// === impl World ===

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let scratch = TempDir::with_prefix("boxoffice-delivery-").unwrap();
        let url = format!("sqlite://{}", scratch.path().join("delivery.db").display());
        Self::new(scratch, url).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let scratch = TempDir::with_prefix("boxoffice-delivery-").unwrap();
        let url = Postgres::shared().await.unwrap().database().await.unwrap();
        Self::new(scratch, url).await
    }

    pub(crate) async fn on_mariadb() -> Self {
        let scratch = TempDir::with_prefix("boxoffice-delivery-").unwrap();
        let url = MariaDb::shared().await.unwrap().database().await.unwrap();
        Self::new(scratch, url).await
    }

    async fn new(scratch: TempDir, url: String) -> Self {
        let db = connect(&url).await;
        database::migrate(&db, boxoffice_delivery::migrations).await.unwrap();
        let broker = EventLog::open(&scratch.path().join("events.db")).await.unwrap();
        let issuer = DevIssuer::open(&scratch.path().join("issuer.pem")).unwrap();
        let config = Config {
            peer_deadline: Duration::from_millis(300),
            shipper_deadline: Duration::from_millis(300),
            breaker: BreakerConfig { open: Duration::from_millis(100), ..Default::default() },
            retry: Duration::from_millis(50),
            longest_retry: Duration::from_millis(200),
            poll: Duration::from_millis(20),
            ..Config::default()
        };
        let outside = Arc::default();
        Self { outside, db, config, issuer, broker: Arc::new(broker), url, _scratch: scratch }
    }

    /// Starts a process; the first, or another replica.
    pub(crate) async fn start(&self) -> Process {
        let auth = Auth::development(self.issuer.clone());
        let mut server = Server::new(auth.clone(), Limits::default());
        let db = connect(&self.url).await;
        let lanes = LaneCounts::suiting(&db.write);
        let local = [Context::DELIVERY, Context::BOOKING];
        let peers = Peers::new(local, &BTreeMap::new(), server.grpc(), &auth).unwrap();
        let broker = Arc::clone(&self.broker);
        let deps = Deps { context: Context::DELIVERY, db, broker, peers, clock: Clock, lanes };
        let carrier = Arc::new(Carrier(Arc::clone(&self.outside)));
        boxoffice_delivery::build_on(carrier, self.config, &deps, &mut server);
        server.serve(BookingLookupServiceServer::new(Booking(Arc::clone(&self.outside))));
        let running = server.start(Listen::on(([127, 0, 0, 1], 0).into())).await.unwrap();
        let url = format!("http://{}", running.address());
        Process { _running: running, url }
    }

    /// Somebody who calls `process`.
    pub(crate) fn caller(&self, process: &Process, sub: &str, role: Role) -> Client {
        let token = self.issuer.token(&Grant::new(sub, role)).unwrap();
        Client::new(&process.url, Some(&token)).unwrap()
    }

    /// Booking says that it is confirmed.
    pub(crate) async fn confirm(&self, sale: &Sale) {
        self.says(Context::BOOKING, sale, &sale.confirmed()).await;
    }

    /// Booking says that it is cancelled.
    pub(crate) async fn close(&self, sale: &Sale) {
        let said = booking::BookingCancelled {
            booking_id: sale.booking_id.to_string(),
            customer_id: sale.customer.clone(),
            showing_id: sale.showing_id.to_string(),
            ..Default::default()
        };
        self.says(Context::BOOKING, sale, &said).await;
    }

    /// Payment says that this attempt was given back.
    pub(crate) async fn refund(&self, sale: &Sale, payment_id: Uuid) {
        let said = payment::PaymentCancelled {
            payment_id: payment_id.to_string(),
            booking_id: sale.booking_id.to_string(),
            customer_id: sale.customer.clone(),
            ..Default::default()
        };
        self.says(Context::PAYMENT, sale, &said).await;
    }

    pub(crate) async fn says<M: Name>(&self, source: Context, sale: &Sale, said: &M) {
        let (id, now) = (sale.booking_id, Clock.now());
        let message = Message::new(source, M::full_name(), id, 1, id, now, said.encode_to_vec());
        let end = self.broker.last_sequence(source).await.unwrap();
        // The same event twice, as brokers do.
        let published = self.broker.publish(source, end, std::slice::from_ref(&message)).await;
        assert!(published.failure.is_none(), "{published:?}");
        let end = self.broker.last_sequence(source).await.unwrap();
        let _ = self.broker.publish(source, end, &[message]).await;
    }

    /// Waits until delivery has heard all that was said to it.
    pub(crate) async fn heard(&self) {
        for source in [Context::BOOKING, Context::PAYMENT] {
            let name = Listener::durable(Context::DELIVERY, source);
            eventually("heard all", async || {
                self.broker.lag(source, &name).await.is_ok_and(|lag| lag == 0)
            })
            .await;
        }
    }

    /// The delivery of a booking, if there is one.
    pub(crate) async fn find(&self, process: &Process, sale: &Sale) -> Option<pb::Delivery> {
        let booking_id = sale.booking_id.to_string();
        let request = pb::ListDeliveriesRequest { booking_id, ..Default::default() };
        let care = self.caller(process, "carol", Role::Care);
        let found = care.delivery().list_deliveries(request).await.unwrap().into_inner();
        assert!(found.deliveries.len() <= 1, "{found:?}");
        found.deliveries.into_iter().next()
    }

    /// The delivery, once it is so.
    pub(crate) async fn until(
        &self,
        process: &Process,
        sale: &Sale,
        is_so: impl Fn(&pb::Delivery) -> bool,
    ) -> pb::Delivery {
        let mut found = None;
        eventually(&format!("so: {sale:?}"), async || {
            found = self.find(process, sale).await;
            found.as_ref().is_some_and(&is_so)
        })
        .await;
        found.unwrap()
    }

    /// A booking that was confirmed, and its delivery.
    pub(crate) async fn delivered(&self, process: &Process, sale: &Sale) -> pb::Delivery {
        self.confirm(sale).await;
        self.until(process, sale, |_| true).await
    }

    /// What delivery has said about a booking so far: names without the package, in order.
    pub(crate) async fn said(&self, sale: &Sale) -> Vec<String> {
        self.messages(sale).await.iter().map(|it| name_of(it).to_owned()).collect()
    }

    /// As [`World::said`], whole.
    pub(crate) async fn messages(&self, sale: &Sale) -> Vec<Message> {
        eventually("all published", async || {
            let pending = boxoffice_eventing::pending(&self.db.read).await;
            pending.is_ok_and(|it| it.outbox_unpublished == 0)
        })
        .await;
        let durable = format!("test-{}", Uuid::new_v4());
        let mut reader = self.broker.subscribe(Context::DELIVERY, &durable).await.unwrap();
        let end = self.broker.last_sequence(Context::DELIVERY).await.unwrap();
        let (mut said, mut read) = (Vec::new(), 0);
        while read < end {
            let fetched = reader.fetch(1000).await.unwrap();
            read = fetched.last().unwrap().sequence;
            let settled = fetched.iter().map(|it| (it.receipt.clone(), Outcome::Done)).collect();
            said.extend(fetched.into_iter().map(|it| it.message.unwrap()));
            reader.settle(settled).await.unwrap();
        }
        said.retain(|it| it.correlation_id == sale.booking_id);
        said
    }
}

// === impl Process ===

impl Process {
    /// Somebody without a token.
    pub(crate) fn anybody(&self) -> Client {
        Client::new(&self.url, None).unwrap()
    }
}

// === impl Sale ===

impl Sale {
    /// Of these seats, as e-tickets.
    pub(crate) fn of(seats: &[&str]) -> Self {
        Self {
            booking_id: Uuid::new_v4(),
            payment_id: Uuid::new_v4(),
            showing_id: Uuid::new_v4(),
            customer: "alice".to_owned(),
            fulfilment: booking::Fulfilment::ETicket,
            seats: seats.iter().map(|it| (*it).to_owned()).collect(),
            quantity: 0,
        }
    }

    pub(crate) fn by_post() -> Self {
        Self { fulfilment: booking::Fulfilment::Post, ..Self::of(&["A-1", "A-2"]) }
    }

    pub(crate) fn confirmed(&self) -> booking::BookingConfirmed {
        let showing = booking::ShowingSeats {
            showing_id: self.showing_id.to_string(),
            seats: self.seats.clone(),
            quantity: self.quantity,
        };
        booking::BookingConfirmed {
            booking_id: self.booking_id.to_string(),
            customer_id: self.customer.clone(),
            item: Some(booking::booking_confirmed::Item::Showing(showing)),
            payment_id: self.payment_id.to_string(),
            fulfilment: self.fulfilment.into(),
            start_time: Some(convert::timestamp(Clock.now())),
            ..Default::default()
        }
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

fn name_of(message: &Message) -> &str {
    message.name.rsplit('.').next().unwrap()
}

async fn connect(url: &str) -> Database {
    let options =
        database::Options { application: "delivery-test".to_owned(), ..Default::default() };
    database::connect(url, &options).await.unwrap()
}
