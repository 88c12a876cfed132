//! A database, a broker and booking's peers, and processes of booking between them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_booking::Config;
use boxoffice_contracts::booking::v1 as pb;
use boxoffice_contracts::catalog::v1::catalog_service_server::CatalogServiceServer;
use boxoffice_contracts::payment::v1 as payment;
use boxoffice_contracts::payment::v1::payment_approval_service_server::PaymentApprovalServiceServer;
use boxoffice_contracts::seating::v1::seat_hold_service_server::SeatHoldServiceServer;
use boxoffice_contracts::streaming::v1::license_revocation_service_server::LicenseRevocationServiceServer;
use boxoffice_eventing::broker::Outcome;
use boxoffice_eventing::{Broker, EventLog, LaneCounts, Listener, Message};
use boxoffice_kernel::{Clock, Context};
use boxoffice_runtime::auth::Grant;
use boxoffice_runtime::{
    Auth, BreakerConfig, Database, Deps, DevIssuer, Limits, Listen, Peers, Role, Running, Server,
    database, reason_of,
};
use boxoffice_testkit::clients::Client;
use boxoffice_testkit::stores::Store;
use prost::Name;
use sea_orm::{ConnectionTrait as _, Statement};
use tokio::runtime::Runtime;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::outside::{self, Outside};

/// Longer than anything here takes, and than the broker waits for a process that died.
const SOON: Duration = Duration::from_secs(60);

/// What booking lives in.
pub(crate) struct World {
    pub outside: Arc<Outside>,
    pub db: Database,
    pub config: Config,
    issuer: DevIssuer,
    broker: Arc<dyn Broker>,
    store: Store,
}

/// One process of booking. It can die in the middle of anything.
pub(crate) struct Process {
    runtime: Option<Runtime>,
    _running: Running,
    url: String,
}

/// A customer of one process.
#[derive(Clone)]
pub(crate) struct Customer(Client);

// === impl World ===

impl World {
    pub(crate) async fn on(store: Store) -> Self {
        let db = connect(store.url()).await;
        database::migrate(&db, boxoffice_booking::migrations).await.unwrap();
        let broker = EventLog::open(&store.file("events.db")).await.unwrap();
        let issuer = DevIssuer::open(&store.file("issuer.pem")).unwrap();
        let config = Config {
            peer_deadline: Duration::from_secs(5),
            breaker: BreakerConfig { open: Duration::from_millis(100), ..Default::default() },
            sweep: Duration::from_millis(50),
            ..Config::default()
        };
        let outside = Arc::default();
        Self { outside, db, config, issuer, broker: Arc::new(broker), store }
    }

    /// Starts a process; the first, another replica, or one after a crash.
    pub(crate) async fn start(&self) -> Process {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (config, outside) = (self.config.clone(), Arc::clone(&self.outside));
        let (broker, store) = (Arc::clone(&self.broker), self.store.clone());
        let auth = Auth::development(self.issuer.clone());
        let started = runtime.spawn(async move {
            let mut server = Server::new(auth.clone(), Limits::default());
            let db = connect(store.url()).await;
            let lanes = LaneCounts::suiting(&db.write);
            let local = [
                Context::BOOKING,
                Context::SEATING,
                Context::PAYMENT,
                Context::CATALOG,
                Context::STREAMING,
            ];
            let peers = Peers::new(local, &BTreeMap::new(), server.grpc(), &auth).unwrap();
            let deps = Deps { context: Context::BOOKING, db, broker, peers, clock: Clock, lanes };
            boxoffice_booking::build(config, &deps, &mut server);
            let peers = outside::Peers(outside);
            server.serve(SeatHoldServiceServer::new(peers.clone()));
            server.serve(PaymentApprovalServiceServer::new(peers.clone()));
            server.serve(LicenseRevocationServiceServer::new(peers.clone()));
            server.serve(CatalogServiceServer::new(peers));
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

    pub(crate) fn customer(&self, process: &Process, sub: &str) -> Customer {
        Customer(self.caller(process, sub, Role::Customer))
    }

    /// Payment says what became of a booking's last attempt.
    pub(crate) async fn payment_says_approved(&self, booking: &pb::Booking) {
        let said = payment::PaymentApproved {
            payment_id: booking.payment.clone().unwrap().payment_id,
            booking_id: booking.booking_id.clone(),
            customer_id: booking.customer_id.clone(),
            amount: booking.amount.clone(),
        };
        self.says(Context::PAYMENT, id(&booking.booking_id), 2, &said).await;
    }

    /// As [`World::payment_says_approved`], the other way.
    pub(crate) async fn payment_says_declined(&self, booking: &pb::Booking) {
        let said = payment::PaymentDeclined {
            payment_id: booking.payment.clone().unwrap().payment_id,
            booking_id: booking.booking_id.clone(),
            customer_id: booking.customer_id.clone(),
            provider_reason: "card_declined".to_owned(),
        };
        self.says(Context::PAYMENT, id(&booking.booking_id), 2, &said).await;
    }

    /// Puts an event on a stream, twice, as brokers do.
    pub(crate) async fn says<M: Name>(&self, source: Context, of: Uuid, sequence: u64, said: &M) {
        let payload = said.encode_to_vec();
        let message = Message::new(source, M::full_name(), of, sequence, of, Clock.now(), payload);
        for _ in 0..2 {
            let end = self.broker.last_sequence(source).await.unwrap();
            let published = self.broker.publish(source, end, std::slice::from_ref(&message)).await;
            assert!(published.failure.is_none(), "{published:?}");
        }
    }

    /// Waits until booking has heard all that was said to it, and put nothing aside.
    pub(crate) async fn heard(&self) {
        for source in [Context::PAYMENT, Context::SEATING, Context::STREAMING] {
            let name = Listener::durable(Context::BOOKING, source);
            eventually("heard all", async || {
                self.broker.lag(source, &name).await.is_ok_and(|lag| lag == 0)
            })
            .await;
        }
        assert_eq!(self.count("dead_letters").await, 0);
    }

    /// What booking has said of each booking so far: names without the package, in order.
    pub(crate) async fn said(&self) -> BTreeMap<Uuid, Vec<String>> {
        eventually("all published", async || {
            let pending = boxoffice_eventing::pending(&self.db.read).await;
            pending.is_ok_and(|it| it.outbox_unpublished == 0)
        })
        .await;
        let durable = format!("test-{}", Uuid::new_v4());
        let mut reader = self.broker.subscribe(Context::BOOKING, &durable).await.unwrap();
        let end = self.broker.last_sequence(Context::BOOKING).await.unwrap();
        let (mut said, mut read) = (BTreeMap::<Uuid, Vec<String>>::new(), 0);
        while read < end {
            let fetched = reader.fetch(1000).await.unwrap();
            read = fetched.last().unwrap().sequence;
            let settled = fetched.iter().map(|it| (it.receipt.clone(), Outcome::Done)).collect();
            for message in fetched.into_iter().map(|it| it.message.unwrap()) {
                let name = message.name.rsplit('.').next().unwrap().to_owned();
                said.entry(message.aggregate_id).or_default().push(name);
            }
            reader.settle(settled).await.unwrap();
        }
        said
    }

    /// As [`World::said`], of one booking.
    pub(crate) async fn said_of(&self, booking: &pb::Booking) -> Vec<String> {
        self.said().await.remove(&id(&booking.booking_id)).unwrap_or_default()
    }

    /// How many rows there are in a table, or in part of one.
    pub(crate) async fn count(&self, from: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {from}");
        let statement = Statement::from_string(self.db.read.get_database_backend(), sql);
        let row = self.db.read.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get("", "n").unwrap()
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

// === impl Customer ===

impl Customer {
    pub(crate) async fn place(
        &self,
        request: pb::PlaceBookingRequest,
    ) -> Result<pb::Booking, Status> {
        let answer = self.0.booking().place_booking(request).await?;
        Ok(answer.into_inner().booking.unwrap())
    }

    pub(crate) async fn pay(
        &self,
        booking: &pb::Booking,
        request_id: Uuid,
        method: &str,
    ) -> Result<pb::Booking, Status> {
        let request = pb::PayBookingRequest {
            booking_id: booking.booking_id.clone(),
            request_id: request_id.to_string(),
            payment_method: method.to_owned(),
        };
        Ok(self.0.booking().pay_booking(request).await?.into_inner().booking.unwrap())
    }

    pub(crate) async fn cancel(&self, booking: &pb::Booking) -> Result<pb::Booking, Status> {
        let request = pb::CancelBookingRequest { booking_id: booking.booking_id.clone() };
        Ok(self.0.booking().cancel_booking(request).await?.into_inner().booking.unwrap())
    }

    pub(crate) async fn get(&self, booking_id: &str) -> Result<pb::Booking, Status> {
        let request = pb::GetBookingRequest { booking_id: booking_id.to_owned() };
        Ok(self.0.booking().get_booking(request).await?.into_inner().booking.unwrap())
    }

    pub(crate) async fn list(
        &self,
        page_size: i32,
        page_token: &str,
    ) -> Result<pb::ListBookingsResponse, Status> {
        let request = pb::ListBookingsRequest { page_size, page_token: page_token.to_owned() };
        Ok(self.0.booking().list_bookings(request).await?.into_inner())
    }

    /// The booking, once it is in this state.
    pub(crate) async fn until(&self, booking_id: &str, state: pb::BookingState) -> pb::Booking {
        let mut found = None;
        eventually(&format!("{state:?}"), async || {
            found = self.get(booking_id).await.ok();
            found.as_ref().is_some_and(|it| it.state() == state)
        })
        .await;
        found.unwrap()
    }
}

// === what tests say ===

/// So many places of a showing, under a request id of its own.
pub(crate) fn places(showing_id: Uuid, quantity: i32, method: &str) -> pb::PlaceBookingRequest {
    showing(showing_id, &[], quantity, method)
}

/// These seats.
pub(crate) fn seats(showing_id: Uuid, seats: &[&str], method: &str) -> pb::PlaceBookingRequest {
    showing(showing_id, seats, 0, method)
}

/// A film at home.
pub(crate) fn film(method: &str) -> pb::PlaceBookingRequest {
    let film = pb::HomeMovie { title_id: Uuid::new_v4().to_string() };
    item(pb::place_booking_request::Item::HomeMovie(film), method)
}

fn showing(
    showing_id: Uuid,
    seats: &[&str],
    quantity: i32,
    method: &str,
) -> pb::PlaceBookingRequest {
    let seats = seats.iter().map(|it| (*it).to_owned()).collect();
    let showing = pb::ShowingSeats { showing_id: showing_id.to_string(), seats, quantity };
    item(pb::place_booking_request::Item::Showing(showing), method)
}

fn item(item: pb::place_booking_request::Item, method: &str) -> pb::PlaceBookingRequest {
    pb::PlaceBookingRequest {
        request_id: Uuid::new_v4().to_string(),
        item: Some(item),
        payment_method: method.to_owned(),
        ..Default::default()
    }
}

pub(crate) fn id(text: &str) -> Uuid {
    text.parse().unwrap()
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
    let options =
        database::Options { application: "booking-test".to_owned(), ..Default::default() };
    database::connect(url, &options).await.unwrap()
}
