//! A database, a broker and a provider, and processes of payment between them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_contracts::access::v1::Role;
use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::convert;
use boxoffice_contracts::payment::v1 as pb;
use boxoffice_eventing::broker::Outcome;
use boxoffice_eventing::{Broker, EventLog, LaneCounts, Message};
use boxoffice_kernel::{Clock, Context, Currency, Money, Time};
use boxoffice_payment::provider::simulator::{self, Simulator};
use boxoffice_payment::provider::stripe::Stripe;
use boxoffice_payment::{Config, audit};
use boxoffice_runtime::auth::Grant;
use boxoffice_runtime::{
    Auth, BreakerConfig, Database, Deps, DevIssuer, Limits, Listen, Peers, Running, Server,
    database,
};
use boxoffice_testkit::clients::Client;
use boxoffice_testkit::stores::Store;
use prost::Name;
use tokio::runtime::Runtime;
use tonic::Status;
use uuid::Uuid;

use crate::line::{Line, Switch};

/// Longer than anything here takes, shorter than patience.
const SOON: Duration = Duration::from_secs(20);

/// What payment lives in.
pub(crate) struct World {
    pub config: Config,
    pub switch: Arc<Switch>,
    pub db: Database,
    issuer: DevIssuer,
    broker: Arc<dyn Broker>,
    store: Store,
}

/// One process of payment. It can die in the middle of anything.
pub(crate) struct Process {
    runtime: Option<Runtime>,
    _running: Running,
    pub url: String,
    service: Client,
    pub simulator: Simulator,
    /// Where it is the provider.
    pub stripe: Option<Stripe>,
}

/// What booking asks for.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub payment_id: Uuid,
    pub booking_id: Uuid,
    pub customer: String,
    pub method: String,
    pub won: i64,
    pub expires_at: Time,
}

// === impl World ===

impl World {
    pub(crate) async fn on(store: Store) -> Self {
        let db = connect(store.url()).await;
        database::migrate(&db, boxoffice_payment::migrations).await.unwrap();
        let broker = EventLog::open(&store.file("events.db")).await.unwrap();
        let issuer = DevIssuer::open(&store.file("issuer.pem")).unwrap();
        let config = Config {
            provider_deadline: Duration::from_millis(300),
            breaker: BreakerConfig { open: Duration::from_millis(200), ..Default::default() },
            retry: Duration::from_millis(50),
            longest_retry: Duration::from_millis(200),
            poll: Duration::from_millis(20),
            simulator: simulator::Config {
                slow: Duration::from_millis(900),
                ..simulator::Config::default()
            },
            ..Config::default()
        };
        let switch = Arc::new(Switch::default());
        Self { config, switch, db, issuer, broker: Arc::new(broker), store }
    }

    /// Starts a process; the first, another replica, or one after a crash.
    pub(crate) async fn start(&self) -> Process {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (config, switch) = (self.config.clone(), Arc::clone(&self.switch));
        let (broker, store) = (Arc::clone(&self.broker), self.store.clone());
        let auth = Auth::development(self.issuer.clone());
        let started = runtime.spawn(async move {
            let mut server = Server::new(auth.clone(), Limits::default());
            let db = connect(store.url()).await;
            let lanes = LaneCounts::suiting(&db.write);
            let peers =
                Peers::new([Context::PAYMENT], &BTreeMap::new(), server.grpc(), &auth).unwrap();
            let deps = Deps { context: Context::PAYMENT, db, broker, peers, clock: Clock, lanes };
            let simulator = Simulator::open(config.simulator, &deps, &mut server);
            let stripe = config.stripe.as_ref();
            let stripe = stripe.map(|config| Stripe::open(config, &deps, &server).unwrap());
            if stripe.is_some() {
                boxoffice_payment::build(config, &deps, &mut server).unwrap();
            } else {
                let line = Line { simulator: simulator.clone(), switch };
                boxoffice_payment::build_on(Arc::new(line), config, &deps, &mut server);
            }
            let running = server.start(Listen::on(([127, 0, 0, 1], 0).into())).await.unwrap();
            (running, simulator, stripe)
        });
        let (running, simulator, stripe) = started.await.unwrap();
        let url = format!("http://{}", running.address());
        let service = self.client(&url, "booking", Role::Service);
        Process { runtime: Some(runtime), _running: running, url, service, simulator, stripe }
    }

    /// Somebody who calls `process`.
    pub(crate) fn caller(&self, process: &Process, sub: &str, role: Role) -> Client {
        self.client(&process.url, sub, role)
    }

    fn client(&self, url: &str, sub: &str, role: Role) -> Client {
        let token = self.issuer.token(&Grant::new(sub, role)).unwrap();
        Client::new(url, Some(&token)).unwrap()
    }

    /// Booking says that it wants the attempt settled.
    pub(crate) async fn request(&self, attempt: &Attempt) {
        let said = booking::PaymentRequested {
            booking_id: attempt.booking_id.to_string(),
            customer_id: attempt.customer.clone(),
            payment_id: attempt.payment_id.to_string(),
            amount: Some(convert::price(attempt.amount())),
            payment_method: attempt.method.clone(),
            expire_time: Some(convert::timestamp(attempt.expires_at)),
        };
        self.booking_says(attempt.booking_id, &said).await;
    }

    /// Booking says that the booking is cancelled.
    pub(crate) async fn cancel(&self, attempt: &Attempt) {
        let said = booking::BookingCancelled {
            booking_id: attempt.booking_id.to_string(),
            customer_id: attempt.customer.clone(),
            ..Default::default()
        };
        self.booking_says(attempt.booking_id, &said).await;
    }

    pub(crate) async fn booking_says<M: Name>(&self, booking_id: Uuid, said: &M) {
        let (payload, now) = (said.encode_to_vec(), Clock.now());
        let message =
            Message::new(Context::BOOKING, M::full_name(), booking_id, 1, booking_id, now, payload);
        self.redeliver(&message).await;
    }

    /// Puts a message on booking's stream.
    pub(crate) async fn redeliver(&self, message: &Message) {
        let end = self.broker.last_sequence(Context::BOOKING).await.unwrap();
        let published =
            self.broker.publish(Context::BOOKING, end, std::slice::from_ref(message)).await;
        assert!(published.failure.is_none(), "{published:?}");
    }

    /// Waits until payment has heard all that booking said.
    pub(crate) async fn heard(&self) {
        let name = boxoffice_eventing::Listener::durable(Context::PAYMENT, Context::BOOKING);
        eventually("heard all", async || {
            self.broker.lag(Context::BOOKING, &name).await.is_ok_and(|lag| lag == 0)
        })
        .await;
    }

    /// The payment, once it is in this state.
    pub(crate) async fn until(
        &self,
        process: &Process,
        attempt: &Attempt,
        state: pb::PaymentState,
    ) -> pb::Payment {
        let mut found = None;
        eventually(&format!("{state:?}"), async || {
            found = self.find(process, attempt).await;
            found.as_ref().is_some_and(|it| it.state() == state)
        })
        .await;
        found.unwrap()
    }

    /// The payment, if there is one.
    pub(crate) async fn find(&self, process: &Process, attempt: &Attempt) -> Option<pb::Payment> {
        let request = pb::GetPaymentRequest { payment_id: attempt.payment_id.to_string() };
        let care = self.caller(process, "care", Role::Care);
        match care.payment().get_payment(request).await {
            Ok(response) => response.into_inner().payment,
            Err(status) if status.code() == tonic::Code::NotFound => None,
            Err(status) => panic!("{status:?}"),
        }
    }

    /// What payment has said of this payment so far: names without the package, in order.
    pub(crate) async fn said(&self, attempt: &Attempt) -> Vec<(String, Message)> {
        // Whatever is in the outbox gets out first.
        eventually("all published", async || {
            let pending = boxoffice_eventing::pending(&self.db.read).await;
            pending.is_ok_and(|it| it.outbox_unpublished == 0)
        })
        .await;
        let durable = format!("test-{}", Uuid::new_v4());
        let mut reader = self.broker.subscribe(Context::PAYMENT, &durable).await.unwrap();
        let end = self.broker.last_sequence(Context::PAYMENT).await.unwrap();
        let (mut said, mut read) = (Vec::new(), 0);
        while read < end {
            let fetched = reader.fetch(1000).await.unwrap();
            read = fetched.last().unwrap().sequence;
            let settled = fetched.iter().map(|it| (it.receipt.clone(), Outcome::Done)).collect();
            said.extend(fetched.into_iter().map(|it| it.message.unwrap()));
            reader.settle(settled).await.unwrap();
        }
        said.retain(|it| it.aggregate_id == attempt.payment_id);
        let name = |it: &Message| it.name.rsplit('.').next().unwrap().to_owned();
        said.into_iter().map(|it| (name(&it), it)).collect()
    }

    /// The names of what payment has said of it.
    pub(crate) async fn said_names(&self, attempt: &Attempt) -> Vec<String> {
        self.said(attempt).await.into_iter().map(|(name, _)| name).collect()
    }

    /// What the provider took for it: how much, and whether it was given back.
    pub(crate) async fn charged(&self, attempt: &Attempt) -> Option<(i64, bool)> {
        let charges = audit::charges(&self.db.read).await.unwrap();
        let of_this = charges.iter().find(|it| it.key.0 == attempt.payment_id);
        of_this.map(|it| (it.amount.minor(), it.refunded))
    }

    /// Nothing is in flight, and the provider's ledger equals ours, charge by charge.
    pub(crate) async fn is_sound(&self) {
        eventually("all settled", async || {
            let payments = audit::payments(&self.db.read).await.unwrap();
            payments.iter().all(|it| {
                !matches!(it.standing, audit::Standing::InFlight | audit::Standing::Refunding)
            })
        })
        .await;
        let payments = audit::payments(&self.db.read).await.unwrap();
        let charges = audit::charges(&self.db.read).await.unwrap();
        assert_eq!(audit::mismatches(&payments, &charges), []);
        for payment in payments {
            let kept = payment.closed && payment.standing == audit::Standing::Approved;
            assert!(!kept, "money is kept for a closed booking: {payment:?}");
        }
    }
}

// === impl Process ===

impl Process {
    /// Asks for the money, as booking does.
    pub(crate) async fn approve(&self, attempt: &Attempt) -> Result<pb::Payment, Status> {
        let request = attempt.request();
        let response = self.service.approvals().approve_payment(request).await?;
        Ok(response.into_inner().payment.expect("an answer has a payment"))
    }

    /// As [`Process::approve`], by somebody who does not wait longer than this.
    pub(crate) async fn approve_within(
        &self,
        patience: Duration,
        attempt: &Attempt,
    ) -> Result<(), Status> {
        let mut request = tonic::Request::new(attempt.request());
        request.set_timeout(patience);
        self.service.approvals().approve_payment(request).await.map(drop)
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

// === impl Attempt ===

impl Attempt {
    pub(crate) fn by(method: &str) -> Self {
        Self {
            payment_id: Uuid::new_v4(),
            booking_id: Uuid::new_v4(),
            customer: "alice".to_owned(),
            method: method.to_owned(),
            won: 90_000,
            expires_at: Clock.now() + Duration::from_secs(600),
        }
    }

    pub(crate) fn expiring_in(self, time: Duration) -> Self {
        Self { expires_at: Clock.now() + time, ..self }
    }

    pub(crate) fn request(&self) -> pb::ApprovePaymentRequest {
        pb::ApprovePaymentRequest {
            payment_id: self.payment_id.to_string(),
            booking_id: self.booking_id.to_string(),
            customer_id: self.customer.clone(),
            amount: Some(convert::price(self.amount())),
            payment_method: self.method.clone(),
            expire_time: Some(convert::timestamp(self.expires_at)),
        }
    }

    fn amount(&self) -> Money {
        Money::from_minor(self.won, Currency::Krw).unwrap()
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
        database::Options { application: "payment-test".to_owned(), ..Default::default() };
    database::connect(url, &options).await.unwrap()
}
