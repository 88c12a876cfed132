//! A broker loses its tail, its cursors, or is not there at all; in the end everybody knows
//! everything, once.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_eventing::{Broker, EventLog, JetStream, Lanes, Listener, Relay, Wake, pending};
use boxoffice_kernel::Context;
use boxoffice_testkit::servers::Nats;
use futures::future::join_all;
use uuid::Uuid;

use crate::stores::Store;
use crate::toy::{CONFIRMED, Command, PLACED, Tasks, Toy};
use crate::world::{connect, read_all, until};

const SOURCE: Context = Context::BOOKING;
const LISTENER: Context = Context::PAYMENT;

/// Booking, whose tickets payment copies by listening; each with a database of its own.
struct Pair {
    booking: Store,
    payment: Store,
    toy: Lanes<Toy>,
    tasks: Tasks,
}

// === impl Pair ===

impl Pair {
    async fn start(broker: &Arc<dyn Broker>) -> Self {
        let (booking, payment) = (Store::sqlite().await, Store::sqlite().await);
        let (toy, tasks) = Self::run(&booking, &payment, broker);
        Self { booking, payment, toy, tasks }
    }

    fn run(booking: &Store, payment: &Store, broker: &Arc<dyn Broker>) -> (Lanes<Toy>, Tasks) {
        let mut tasks = Tasks::default();
        let wake = Wake::new();
        let toy = Toy::default().open(&booking.db, &mut tasks, &wake);
        tasks.run(Relay::new(SOURCE, &booking.db, broker, &wake).run());
        let copy = Toy::default().open(&payment.db, &mut tasks, &Wake::new());
        let listener = Listener::new(LISTENER, SOURCE, &payment.db, broker);
        tasks.run(listener.run(move |message| {
            let copy = copy.clone();
            async move {
                let id = message.aggregate_id;
                match message.name.as_str() {
                    PLACED => copy.ask_once(&message, Command::place(id)).await,
                    CONFIRMED => copy.ask_once(&message, Command::Confirm { id }).await,
                    _ => Ok(()),
                }
            }
        }));
        (toy, tasks)
    }

    /// The process ends at once, and starts again.
    async fn restart(&mut self, broker: &Arc<dyn Broker>) {
        self.tasks.0.shutdown().await;
        (self.toy, self.tasks) = Self::run(&self.booking, &self.payment, broker);
    }

    async fn sell(&self, tickets: usize) {
        let sales = (0..tickets).map(|_| async {
            let id = Uuid::now_v7();
            self.toy.ask(Command::place(id)).await.unwrap();
            for _ in 0..4 {
                self.toy.ask(Command::Confirm { id }).await.unwrap();
            }
        });
        join_all(sales).await;
    }

    async fn settled(&self, tickets: i64) {
        until("everything published", async || {
            pending(&self.booking.db).await.unwrap().outbox_unpublished == 0
        })
        .await;
        until("everything copied", async || {
            self.payment.count("tickets WHERE version = 5").await == tickets
        })
        .await;
        assert_eq!(self.payment.count("inbox").await, tickets * 5, "each event once");
        assert_eq!(self.payment.count("dead_letters").await, 0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

async fn ids(broker: &dyn Broker) -> BTreeSet<Uuid> {
    read_all(broker).await.into_iter().map(|it| it.id).collect()
}

/// Sets a broker back, with or without its cursors, while its clients go on.
async fn set_back(tool: &str, cursors_too: bool) {
    let mut nats = Nats::start_tool(tool).await.unwrap();
    let broker: Arc<dyn Broker> = Arc::new(connect(&nats.url()).await);
    let pair = Pair::start(&broker).await;
    pair.sell(20).await;
    pair.settled(20).await;

    nats.stop().await.unwrap();
    let older = nats.snapshot_store().unwrap();
    nats.start_again().await.unwrap();
    pair.sell(20).await;
    pair.settled(40).await;

    nats.stop().await.unwrap();
    let cursors = nats.store_dir().join("jetstream/$G/streams/BOOKING/obs");
    let newer = tempfile::tempdir().unwrap();
    copy(&cursors, newer.path());
    nats.restore_store(&older).unwrap();
    if !cursors_too {
        fs::remove_dir_all(&cursors).unwrap();
        copy(newer.path(), &cursors);
    }
    pair.sell(20).await; // while it is away
    nats.start_again().await.unwrap();
    pair.settled(60).await;
    pair.sell(1).await;
    pair.settled(61).await;
    assert_eq!(ids(&*broker).await.len(), 305);
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_set_back_is_given_what_it_lost_and_the_listener_ends_right() {
    set_back("nats-server", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cursor_ahead_of_a_stream_set_back_reads_it_anew() {
    set_back("nats-server", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_broker_set_back_is_given_what_it_lost_and_the_listener_ends_right() {
    set_back("nats-server-2.9", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cursor_ahead_of_a_stream_of_an_old_broker_set_back_reads_it_anew() {
    set_back("nats-server-2.9", false).await;
}

/// The log's connections are closed by threads of their own, after the last handle is gone.
const CLOSING: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn event_log_set_back_is_given_what_it_lost_and_the_listener_ends_right() {
    let (log, older) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let open = async || {
        let opened = EventLog::open(&log.path().join("events.db")).await.unwrap();
        Arc::new(opened) as Arc<dyn Broker>
    };
    let broker = open().await;
    let mut pair = Pair::start(&broker).await;
    pair.sell(20).await;
    pair.settled(20).await;
    pair.tasks.0.shutdown().await;
    drop(broker);
    tokio::time::sleep(CLOSING).await;
    copy(log.path(), older.path());
    let broker = open().await;
    pair.restart(&broker).await;
    pair.sell(20).await;
    pair.settled(40).await;

    pair.tasks.0.shutdown().await;
    drop(broker);
    tokio::time::sleep(CLOSING).await;
    fs::remove_dir_all(log.path()).unwrap();
    copy(older.path(), log.path());
    let broker = open().await;
    pair.restart(&broker).await;
    pair.sell(20).await;
    pair.settled(60).await;
    assert_eq!(ids(&*broker).await.len(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn service_starts_without_its_broker_and_goes_on_when_it_comes() {
    let mut nats = Nats::start().await.unwrap();
    nats.stop().await.unwrap();
    let broker: Arc<dyn Broker> = Arc::new(JetStream::connect(&nats.url(), "t", 1).await.unwrap());
    let pair = Pair::start(&broker).await;
    pair.sell(20).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(pair.booking.count("outbox").await, 100);

    nats.start_again().await.unwrap();
    pair.settled(20).await;
    assert_eq!(ids(&*broker).await.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn cursor_or_stream_that_was_deleted_is_made_again() {
    let nats = Nats::start().await.unwrap();
    let broker: Arc<dyn Broker> = Arc::new(connect(&nats.url()).await);
    let pair = Pair::start(&broker).await;
    pair.sell(20).await;
    pair.settled(20).await;

    let operator = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let stream = operator.get_stream("BOOKING").await.unwrap();
    stream.delete_consumer("payment-booking").await.unwrap();
    pair.sell(20).await;
    pair.settled(40).await;

    operator.delete_stream("BOOKING").await.unwrap();
    pair.sell(20).await;
    pair.settled(60).await;
    assert_eq!(ids(&*broker).await.len(), 300);
}
