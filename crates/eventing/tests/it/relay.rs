//! From the outbox to the stream: all of it, once, in order, whatever happens.

use std::time::Duration;

use boxoffice_eventing::{Relay, Wake, pending};
use boxoffice_kernel::Context;
use boxoffice_testkit::servers::Toxiproxy;
use futures::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::stores::{Store, on_every_broker};
use crate::toy::{Command, Tasks, Toy};
use crate::world::{self, Bench, Jet, read_all, until, whole_and_in_order};

on_every_broker!(
    one_relay_publishes_at_a_time,
    silent_relay_is_replaced,
    commit_is_published_at_once,
    commit_on_another_replica_is_published_at_once,
    acknowledged_rows_are_kept_for_a_while,
    stopped_relay_leaves_its_turn_to_another_at_once,
);

const STREAM: Context = Context::BOOKING;

async fn unpublished(store: &Store) -> u64 {
    pending(&store.db).await.unwrap().outbox_unpublished
}

/// Places `tickets` and confirms each `times` times, at once.
async fn sell(toy: &boxoffice_eventing::Lanes<Toy>, tickets: usize, times: usize) {
    let sales = (0..tickets).map(|_| async {
        let id = Uuid::now_v7();
        toy.ask(Command::place(id)).await.unwrap();
        for _ in 0..times {
            toy.ask(Command::Confirm { id }).await.unwrap();
        }
    });
    join_all(sales).await;
}

async fn one_relay_publishes_at_a_time<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let replica = store.replica().await;
    let mut replicas = Vec::new();
    for db in [&store.db, &replica] {
        let wake = Wake::new();
        replicas.push(Toy::default().open(db, &mut tasks, &wake));
        tasks.run(Relay::new(STREAM, db, &bench.broker(), &wake).run());
    }
    tokio::join!(sell(&replicas[0], 100, 9), sell(&replicas[1], 100, 9));
    until("all published", async || unpublished(&store).await == 0).await;

    let said = read_all(&*bench.broker()).await;
    assert_eq!(said.len(), 2000);
    assert!(whole_and_in_order(&said));
}

async fn silent_relay_is_replaced<B: Bench>(store: Store) {
    let bench = B::start().await;
    let wake = Wake::new();
    let mut first = Tasks::default();
    first.run(Relay::new(STREAM, &store.db, &bench.broker(), &wake).run());
    let mut tasks = Tasks::default();
    let toy = Toy::default().open(&store.db, &mut tasks, &wake);
    sell(&toy, 5, 1).await;
    until("the first to publish", async || unpublished(&store).await == 0).await;

    first.0.shutdown().await; // as if it were killed: the lease is not given back
    sell(&toy, 5, 1).await;
    tasks.run(Relay::new(STREAM, &store.db, &bench.broker(), &wake).run());
    let began = Instant::now();
    until("the second to publish", async || unpublished(&store).await == 0).await;
    assert!(began.elapsed() < Duration::from_secs(8), "took {:?}", began.elapsed());
    assert!(whole_and_in_order(&read_all(&*bench.broker()).await));
}

async fn commit_is_published_at_once<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let wake = Wake::new();
    let toy = Toy::default().open(&store.db, &mut tasks, &wake);
    tasks.run(Relay::new(STREAM, &store.db, &bench.broker(), &wake).run());
    sell(&toy, 1, 0).await;
    until("the relay to begin", async || unpublished(&store).await == 0).await;

    let delays = time_of(&store, &toy, 10).await;
    assert!(delays < Duration::from_millis(100 * 10), "10 events took {delays:?}");
}

async fn commit_on_another_replica_is_published_at_once<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let wake = Wake::new();
    let first = Toy::default().open(&store.db, &mut tasks, &wake);
    tasks.run(Relay::new(STREAM, &store.db, &bench.broker(), &wake).run());
    sell(&first, 1, 0).await;
    until("the relay to begin", async || unpublished(&store).await == 0).await;
    let (replica, wake) = (store.replica().await, Wake::new());
    let second = Toy::default().open(&replica, &mut tasks, &wake);
    tasks.run(Relay::new(STREAM, &replica, &bench.broker(), &wake).run());
    tokio::time::sleep(Duration::from_millis(300)).await;

    let delays = time_of(&store, &second, 10).await;
    assert!(delays < Duration::from_millis(100 * 10), "10 events took {delays:?}");
}

/// How long `count` events need from their commit to their acknowledgement, one after the other.
async fn time_of(store: &Store, toy: &boxoffice_eventing::Lanes<Toy>, count: u32) -> Duration {
    let mut delays = Duration::ZERO;
    for _ in 0..count {
        tokio::time::sleep(Duration::from_millis(30)).await;
        sell(toy, 1, 0).await;
        let began = Instant::now();
        while unpublished(store).await > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        delays += began.elapsed();
    }
    delays
}

async fn acknowledged_rows_are_kept_for_a_while<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let wake = Wake::new();
    let toy = Toy::default().open(&store.db, &mut tasks, &wake);
    let relay = Relay::new(STREAM, &store.db, &bench.broker(), &wake);
    tasks.run(relay.keeping(Duration::from_secs(3)).run());
    sell(&toy, 100, 6).await;
    until("all published", async || unpublished(&store).await == 0).await;
    assert_eq!(store.count("outbox").await, 700);

    until("all forgotten", async || store.count("outbox").await == 0).await;
    sell(&toy, 1, 0).await;
    until("all published", async || unpublished(&store).await == 0).await;
    assert_eq!(read_all(&*bench.broker()).await.len(), 701);
}

async fn stopped_relay_leaves_its_turn_to_another_at_once<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let wake = Wake::new();
    let toy = Toy::default().open(&store.db, &mut tasks, &wake);
    let mut first = Tasks::default();
    let stopping = CancellationToken::new();
    let relay = Relay::new(STREAM, &store.db, &bench.broker(), &wake);
    first.run(relay.until(stopping.clone()).run());
    sell(&toy, 1, 0).await;
    until("the first to publish", async || unpublished(&store).await == 0).await;
    tasks.run(Relay::new(STREAM, &store.db, &bench.broker(), &wake).run());

    stopping.cancel();
    first.next_end().await.unwrap();
    let began = Instant::now();
    sell(&toy, 1, 0).await;
    until("the second to publish", async || unpublished(&store).await == 0).await;
    assert!(began.elapsed() < Duration::from_secs(2), "took {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_that_was_down_gets_everything_in_order() {
    let mut bench = Jet::start().await;
    let store = Store::postgres().await;
    let mut tasks = Tasks::default();
    let wake = Wake::new();
    let toy = Toy::default().open(&store.db, &mut tasks, &wake);
    tasks.run(Relay::new(STREAM, &store.db, &bench.broker(), &wake).run());
    sell(&toy, 10, 9).await;
    until("all published", async || unpublished(&store).await == 0).await;

    bench.nats.kill().await.unwrap();
    sell(&toy, 100, 9).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(unpublished(&store).await, 1000);
    bench.nats.start_again().await.unwrap();
    until("all published", async || unpublished(&store).await == 0).await;

    let said = read_all(&*bench.broker()).await;
    assert_eq!(said.len(), 1100);
    assert!(whole_and_in_order(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_cut_in_the_middle_of_a_window_leaves_no_gap_and_no_disorder() {
    let bench = Jet::start().await;
    let toxiproxy = Toxiproxy::start().await.unwrap();
    let upstream = bench.nats.url().replace("nats://", "");
    let proxy = toxiproxy.proxy(&upstream).await.unwrap();
    let broker: std::sync::Arc<dyn boxoffice_eventing::Broker> =
        std::sync::Arc::new(world::connect(&format!("nats://{}", proxy.address())).await);
    let store = Store::postgres().await;
    let mut tasks = Tasks::default();
    let wake = Wake::new();
    let toy = Toy::default().open(&store.db, &mut tasks, &wake);
    tasks.run(Relay::new(STREAM, &store.db, &broker, &wake).run());

    let cutting = async {
        for _ in 0..8 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            proxy.cut().await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            proxy.heal().await.unwrap();
        }
    };
    let selling = async {
        for _ in 0..20 {
            sell(&toy, 50, 9).await;
        }
    };
    tokio::join!(cutting, selling);
    until("all published", async || unpublished(&store).await == 0).await;

    let said = read_all(&*bench.broker()).await;
    assert_eq!(said.len(), 10_000);
    assert!(whole_and_in_order(&said));
}
