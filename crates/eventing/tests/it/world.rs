//! Brokers that are started, stopped and read by tests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_eventing::broker::{Delivery, Outcome};
use boxoffice_eventing::{Broker, EventLog, JetStream, Message};
use boxoffice_kernel::Context;
use boxoffice_testkit::servers::Nats;
use tempfile::TempDir;
use tokio::time::Instant;
use uuid::Uuid;

/// How long an unsettled event takes to come again, in tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// A broker and what it runs on.
pub(crate) trait Bench: Sized {
    async fn start() -> Self;
    fn broker(&self) -> Arc<dyn Broker>;
    /// Everything ends, and starts again with what is on the disk.
    async fn restart(&mut self);
}

pub(crate) struct Embedded {
    directory: TempDir,
    log: EventLog,
}

pub(crate) struct Jet {
    pub(crate) nats: Nats,
    broker: JetStream,
}

/// As [`Jet`], on the oldest server that has to do.
pub(crate) struct OldJet(Jet);

// === impl Embedded ===

impl Embedded {
    pub(crate) fn file(&self) -> PathBuf {
        self.directory.path().join("events.db")
    }
}

impl Bench for Embedded {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("events.db");
        let log = EventLog::with_patience(&file, PATIENCE).await.unwrap();
        Self { directory, log }
    }

    fn broker(&self) -> Arc<dyn Broker> {
        Arc::new(self.log.clone())
    }

    async fn restart(&mut self) {
        self.log = EventLog::with_patience(&self.file(), PATIENCE).await.unwrap();
    }
}

// === impl Jet ===

impl Jet {
    async fn on(nats: Nats) -> Self {
        let broker = connect(&nats.url()).await;
        Self { nats, broker }
    }
}

impl Bench for Jet {
    async fn start() -> Self {
        Self::on(Nats::start().await.unwrap()).await
    }

    fn broker(&self) -> Arc<dyn Broker> {
        Arc::new(self.broker.clone())
    }

    async fn restart(&mut self) {
        self.nats.stop().await.unwrap();
        self.nats.start_again().await.unwrap();
        self.broker = connect(&self.nats.url()).await;
    }
}

impl Bench for OldJet {
    async fn start() -> Self {
        Self(Jet::on(Nats::start_tool("nats-server-2.9").await.unwrap()).await)
    }

    fn broker(&self) -> Arc<dyn Broker> {
        self.0.broker()
    }

    async fn restart(&mut self) {
        self.0.restart().await;
    }
}

/// Connected, if the server is there.
pub(crate) async fn connect(url: &str) -> JetStream {
    let broker = JetStream::connect(url, "test", 1).await.unwrap().with_patience(PATIENCE);
    let began = Instant::now();
    while broker.last_sequence(Context::BOOKING).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(10), "no broker at {url}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    broker
}

/// Waits until `what` is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < Duration::from_secs(30), "not within 30 s: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Everything in the stream of booking, in order.
pub(crate) async fn read_all(broker: &dyn Broker) -> Vec<Message> {
    let durable = format!("reader-{}", Uuid::now_v7().simple());
    let end = broker.last_sequence(Context::BOOKING).await.unwrap();
    let mut subscription = broker.subscribe(Context::BOOKING, &durable).await.unwrap();
    let mut all = BTreeMap::new();
    while (all.len() as u64) < end {
        let fetched = subscription.fetch(256);
        let fetched: Vec<Delivery> =
            tokio::time::timeout(Duration::from_secs(10), fetched).await.unwrap().unwrap();
        let done = fetched.iter().map(|it| (it.receipt.clone(), Outcome::Done)).collect();
        subscription.settle(done).await.unwrap();
        all.extend(fetched.into_iter().map(|it| (it.sequence, it.message.unwrap())));
    }
    all.into_values().collect()
}

/// Whether every ticket's events are there from the first on, each once, in order.
pub(crate) fn whole_and_in_order(messages: &[Message]) -> bool {
    let mut seen: BTreeMap<Uuid, u64> = BTreeMap::new();
    messages.iter().all(|message| {
        let last = seen.entry(message.aggregate_id).or_default();
        *last += 1;
        message.sequence == *last
    })
}
