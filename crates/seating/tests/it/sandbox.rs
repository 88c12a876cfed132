//! A seating of its own for each test.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::seating::v1 as pb;
use boxoffice_contracts::seating::v1::hold_seats_response::Outcome;
use boxoffice_contracts::seating::v1::seat_hold_service_client::SeatHoldServiceClient;
use boxoffice_contracts::seating::v1::seating_service_client::SeatingServiceClient;
use boxoffice_eventing::{Broker, EventLog, LaneCounts, Message};
use boxoffice_kernel::{Clock, Context};
use boxoffice_runtime::auth::{Auth, DevIssuer, Grant};
use boxoffice_runtime::database::{self, Database};
use boxoffice_runtime::{Deps, Grpc, Limits, Listen, Peers, Role, Running, Server, reason_of};
use boxoffice_seating::Config;
use boxoffice_seating::audit::Books;
use boxoffice_testkit::stores::Store;
use prost::Name;
use sea_orm::{ConnectionTrait as _, Statement};
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::{Code, Request, Status};
use uuid::Uuid;

type Sent = InterceptedService<Grpc, Bearer>;

/// A running seating, an admin, and booking.
pub(crate) struct Sandbox {
    pub(crate) name: &'static str,
    pub(crate) admin: SeatingServiceClient<Sent>,
    pub(crate) anyone: SeatingServiceClient<Grpc>,
    pub(crate) booking: SeatHoldServiceClient<Sent>,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) db: Database,
    pub(crate) address: SocketAddr,
    seat_reads: Arc<AtomicUsize>,
    issuer: DevIssuer,
    _running: Running,
    store: Store,
}

/// Sends a token along.
#[derive(Clone, Debug)]
pub(crate) struct Bearer(AsciiMetadataValue);

// === impl Sandbox ===

impl Sandbox {
    pub(crate) async fn on(store: Store) -> Self {
        Self::start(store, None).await
    }

    /// Together with a second process on its database and its broker.
    pub(crate) async fn doubled(self) -> [Self; 2] {
        let (store, broker) = (self.store.clone(), Arc::clone(&self.broker));
        [self, Self::start(store, Some(broker)).await]
    }

    async fn start(store: Store, broker: Option<Arc<dyn Broker>>) -> Self {
        let mut db = database::connect(store.url(), &database::Options::default()).await.unwrap();
        let seat_reads = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&seat_reads);
        db.read.set_metric_callback(move |it| {
            counter.fetch_add(usize::from(it.statement.sql.contains("seats")), Ordering::Relaxed);
        });
        database::migrate(&db, boxoffice_seating::migrations).await.unwrap();
        let broker = match broker {
            Some(broker) => broker,
            None => Arc::new(EventLog::open(&store.file("events.db")).await.unwrap()),
        };
        let issuer = DevIssuer::open(&store.file("key.pem")).unwrap();
        let auth = Auth::development(issuer.clone());

        let mut server = Server::new(auth.clone(), Limits::default());
        let grpc = server.grpc();
        let peers = Peers::new([Context::SEATING], &BTreeMap::new(), grpc.clone(), &auth).unwrap();
        let deps = Deps {
            context: Context::SEATING,
            lanes: LaneCounts::suiting(&db.write),
            db: db.clone(),
            broker: Arc::clone(&broker),
            peers,
            clock: Clock,
        };
        let config = Config { watchers: 1_100, withdraw: Duration::from_millis(50) };
        boxoffice_seating::build(config, &deps, &mut server);
        let running = server.start(Listen::on(([127, 0, 0, 1], 0).into())).await.unwrap();

        let bearer = |sub, role| Bearer::of(&issuer, sub, role);
        let admin =
            SeatingServiceClient::with_interceptor(grpc.clone(), bearer("ada", Role::Admin));
        let booking =
            SeatHoldServiceClient::with_interceptor(grpc.clone(), bearer("booking", Role::Service));
        Self {
            name: store.kind(),
            admin,
            anyone: SeatingServiceClient::new(grpc),
            booking,
            broker,
            db,
            address: running.address(),
            seat_reads,
            issuer,
            _running: running,
            store,
        }
    }

    /// How often seats were read, but for those that a command touched.
    pub(crate) fn seat_reads(&self) -> usize {
        self.seat_reads.load(Ordering::Relaxed)
    }

    /// A token of `role`.
    pub(crate) fn token(&self, role: Role) -> String {
        self.issuer.token(&Grant::new("ada", role)).unwrap()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.db.write.execute_unprepared(sql).await.unwrap();
    }

    /// The one number that `sql` asks for as `n`.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.db.read.get_database_backend(), sql);
        let row = self.db.read.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get("", "n").unwrap()
    }

    /// How many rows there are in a table, or in part of one.
    pub(crate) async fn count(&self, from: &str) -> i64 {
        self.number(&format!("SELECT count(*) AS n FROM {from}")).await
    }

    /// Nothing contradicts anything, and nothing is oversold.
    pub(crate) async fn audit(&self) -> Books {
        let books = Books::read(&self.db.read).await.unwrap();
        assert_eq!(books.findings(), [], "{}", self.name);
        books
    }

    pub(crate) async fn schedule(
        &self,
        request: pb::ScheduleShowingRequest,
    ) -> Result<pb::Showing, Status> {
        let answer = self.admin.clone().schedule_showing(request).await?;
        Ok(answer.into_inner().showing.unwrap())
    }

    /// A showing of `capacity` seats, general admission.
    pub(crate) async fn general(&self, capacity: i32) -> pb::Showing {
        self.schedule(scheduling(general(capacity))).await.unwrap()
    }

    /// A showing of rows of ten seats: `A-1` …
    pub(crate) async fn rows(&self, labels: &[&str]) -> pb::Showing {
        let rows = labels.iter().map(|label| row(label, 10)).collect();
        self.schedule(scheduling(seat_map(rows))).await.unwrap()
    }

    pub(crate) async fn showing(&self, showing_id: &str) -> pb::Showing {
        let request = pb::GetShowingRequest { showing_id: showing_id.to_owned() };
        let answer = self.anyone.clone().get_showing(request).await.unwrap();
        answer.into_inner().showing.unwrap()
    }

    pub(crate) async fn map(&self, showing_id: &str) -> pb::GetSeatMapResponse {
        let request = pb::GetSeatMapRequest { showing_id: showing_id.to_owned() };
        self.anyone.clone().get_seat_map(request).await.unwrap().into_inner()
    }

    pub(crate) async fn hold(&self, request: pb::HoldSeatsRequest) -> Result<Outcome, Status> {
        let answer = self.booking.clone().hold_seats(request).await?;
        Ok(answer.into_inner().outcome.unwrap())
    }

    /// Says something as another context does.
    pub(crate) async fn say(&self, messages: &[Message]) {
        let stream = messages[0].context;
        let after = self.broker.last_sequence(stream).await.unwrap();
        let published = self.broker.publish(stream, after, messages).await;
        assert!(published.failure.is_none(), "{:?}", published.failure);
    }

    /// Waits until both listeners have nothing left to do.
    pub(crate) async fn heard(&self) {
        for source in [Context::BOOKING, Context::CATALOG] {
            let durable = boxoffice_eventing::Listener::durable(Context::SEATING, source);
            eventually("a listener has caught up", async || {
                self.broker.lag(source, &durable).await.unwrap() == 0
            })
            .await;
        }
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

/// Asks until it is so, for ten seconds at most.
pub(crate) async fn eventually(what: &str, so: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("not within ten seconds: {what}");
}

pub(crate) fn in_hours(hours: i64) -> Option<boxoffice_contracts::wkt::Timestamp> {
    Some((Clock.now() + chrono::TimeDelta::hours(hours)).into())
}

pub(crate) fn won(units: i64) -> Option<boxoffice_contracts::google::r#type::Money> {
    let currency_code = "KRW".to_owned();
    Some(boxoffice_contracts::google::r#type::Money { currency_code, units, nanos: 0 })
}

pub(crate) fn row(label: &str, seats: i32) -> pb::Row {
    pb::Row { label: label.to_owned(), seats, grade: "R".to_owned(), ..pb::Row::default() }
}

pub(crate) fn grade(grade: &str, units: i64) -> pb::GradePrice {
    pb::GradePrice { grade: grade.to_owned(), price: won(units) }
}

pub(crate) fn general(capacity: i32) -> pb::schedule_showing_request::Admission {
    let general = pb::GeneralAdmission { capacity, price: won(12_000) };
    pb::schedule_showing_request::Admission::GeneralAdmission(general)
}

/// Rows of grade R.
pub(crate) fn seat_map(rows: Vec<pb::Row>) -> pb::schedule_showing_request::Admission {
    let prices = vec![grade("R", 50_000)];
    let seat_map = pb::SeatMap { hall_id: String::new(), rows, prices };
    pb::schedule_showing_request::Admission::SeatMap(seat_map)
}

/// Tonight, under a request id of its own.
pub(crate) fn scheduling(
    admission: pb::schedule_showing_request::Admission,
) -> pb::ScheduleShowingRequest {
    pb::ScheduleShowingRequest {
        request_id: Uuid::now_v7().to_string(),
        title_id: Uuid::now_v7().to_string(),
        venue: "Odeon 1".to_owned(),
        start_time: in_hours(3),
        end_time: in_hours(5),
        admission: Some(admission),
    }
}

/// Seats by name, for a new booking.
pub(crate) fn seats(showing_id: &str, names: &[&str]) -> pb::HoldSeatsRequest {
    pb::HoldSeatsRequest {
        booking_id: Uuid::now_v7().to_string(),
        showing_id: showing_id.to_owned(),
        seats: names.iter().map(|name| (*name).to_owned()).collect(),
        quantity: 0,
    }
}

/// So many, for a new booking.
pub(crate) fn quantity(showing_id: &str, quantity: i32) -> pb::HoldSeatsRequest {
    pb::HoldSeatsRequest { quantity, ..seats(showing_id, &[]) }
}

/// What a context says of one of its aggregates.
pub(crate) fn said<M: Name>(context: Context, id: &str, sequence: u64, event: &M) -> Message {
    let id = id.parse().unwrap();
    Message::new(context, M::full_name(), id, sequence, id, Clock.now(), event.encode_to_vec())
}

/// The booking behind a hold is confirmed, at version 3.
pub(crate) fn confirmed(hold: &pb::HoldSeatsRequest) -> Message {
    let item = booking::ShowingSeats {
        showing_id: hold.showing_id.clone(),
        seats: hold.seats.clone(),
        quantity: hold.quantity,
    };
    let event = booking::BookingConfirmed {
        booking_id: hold.booking_id.clone(),
        item: Some(booking::booking_confirmed::Item::Showing(item)),
        ..booking::BookingConfirmed::default()
    };
    said(Context::BOOKING, &hold.booking_id, 3, &event)
}

/// It is cancelled, at version 4.
pub(crate) fn cancelled(hold: &pb::HoldSeatsRequest) -> Message {
    let event = booking::BookingCancelled {
        booking_id: hold.booking_id.clone(),
        showing_id: hold.showing_id.clone(),
        ..booking::BookingCancelled::default()
    };
    said(Context::BOOKING, &hold.booking_id, 4, &event)
}

/// What a refused caller can match on: code, reason, fields.
pub(crate) fn refusal<T: std::fmt::Debug>(
    answer: Result<T, Status>,
) -> (Code, String, Vec<String>) {
    use tonic_types::StatusExt as _;

    let status = answer.unwrap_err();
    let violations = status.get_details_bad_request().map(|it| it.field_violations);
    let fields = violations.unwrap_or_default().into_iter().map(|it| it.field).collect();
    (status.code(), reason_of(&status).unwrap_or_default(), fields)
}
