//! What a lane does when there is too much, or too little, or a bug.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_eventing::{LaneCounts, Lanes, Spawner, Turned, Wake};
use boxoffice_kernel::{Fault as _, Kind};
use boxoffice_testkit::servers::{MariaDb, Postgres};
use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::stores::{Store, on_every_store};
use crate::toy::{Command, Error, PLACED, Tasks, Toy, event};

on_every_store!(
    full_lane_refuses_at_once,
    command_of_a_caller_who_left_is_not_run,
    backlog_of_events_does_not_delay_a_caller,
    lanes_work_off_what_waits_before_they_end,
    lane_that_panics_ends_its_task_and_turns_callers_off,
);

/// One lane of each sort.
const ONE: LaneCounts = LaneCounts { interactive: 1, events: 1 };

fn closed() -> (Toy, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    (Toy { gate: Arc::clone(&gate), ..Toy::default() }, gate)
}

async fn full_lane_refuses_at_once(store: Store) {
    let mut tasks = Tasks::default();
    let (toy, gate) = closed();
    let lanes = Lanes::open("toy", toy, &store.db, ONE, &mut tasks, Wake::new());

    // The first is in its transaction; then 1,024 wait.
    let mut first = Box::pin(lanes.ask(Command::place(Uuid::now_v7())));
    assert!((&mut first).now_or_never().is_none());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut waiting: Vec<_> =
        (0..1024).map(|_| Box::pin(lanes.ask(Command::place(Uuid::now_v7())))).collect();
    for one in &mut waiting {
        assert!(one.now_or_never().is_none());
    }
    let refused = lanes.ask(Command::place(Uuid::now_v7())).now_or_never().unwrap().unwrap_err();
    assert!(matches!(refused, Error::Turned(Turned::Away)));
    assert_eq!((refused.kind(), refused.reason()), (Kind::Exhausted, "BUSY"));

    gate.add_permits(1000);
    first.await.unwrap();
    assert!(join_all(waiting).await.iter().all(Result::is_ok));
    assert_eq!(store.count("tickets").await, 1025);
}

async fn command_of_a_caller_who_left_is_not_run(store: Store) {
    let mut tasks = Tasks::default();
    let (toy, gate) = closed();
    let lanes = Lanes::open("toy", toy, &store.db, ONE, &mut tasks, Wake::new());

    let mut begun = Box::pin(lanes.ask(Command::place(Uuid::now_v7())));
    assert!((&mut begun).now_or_never().is_none());
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(begun); // too late: its transaction has begun
    assert!(lanes.ask(Command::place(Uuid::now_v7())).now_or_never().is_none());
    let stays = lanes.ask(Command::place(Uuid::now_v7()));
    gate.add_permits(1000);
    stays.await.unwrap();

    assert_eq!(store.count("tickets").await, 2);
}

async fn backlog_of_events_does_not_delay_a_caller(store: Store) {
    let mut tasks = Tasks::default();
    let toy = Toy { drag: Duration::from_millis(50), ..Toy::default() };
    let lanes = Lanes::open("toy", toy, &store.db, ONE, &mut tasks, Wake::new());
    let id = Uuid::now_v7();
    lanes.ask(Command::place(id)).await.unwrap();

    // 20 transactions of 50 ms and more, one after the other.
    let began = Instant::now();
    let (slow, other) = (lanes.clone(), Uuid::now_v7());
    let backlog = tokio::task::JoinSet::from_iter((0..20 * 256).map(|n| {
        let (lanes, cause) = (slow.clone(), event(PLACED, id, n));
        async move { lanes.ask_once(&cause, Command::Drag { id }).await }
    }));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let asked = Instant::now();
    lanes.ask(Command::place(other)).await.unwrap();
    let waited = asked.elapsed();

    assert!(backlog.join_all().await.iter().all(Result::is_ok));
    let backlog = began.elapsed();
    assert!(backlog > Duration::from_secs(1), "the backlog took {backlog:?}");
    assert!(waited < backlog / 3, "the caller waited {waited:?} of the backlog's {backlog:?}");
}

/// Tasks whose server says when nobody asks any more.
struct Closing(Tasks, CancellationToken);

impl Spawner for Closing {
    fn spawn(&mut self, name: &'static str, task: BoxFuture<'static, ()>) {
        self.0.spawn(name, task);
    }

    fn closing(&self) -> CancellationToken {
        self.1.clone()
    }
}

async fn lanes_work_off_what_waits_before_they_end(store: Store) {
    for by_drop in [true, false] {
        let mut tasks = Closing(Tasks::default(), CancellationToken::new());
        let (toy, gate) = closed();
        let lanes = Lanes::open("toy", toy, &store.db, ONE, &mut tasks, Wake::new());
        let asked = lanes.clone();
        let mut asking = Box::pin(async move {
            let asks = (0..300).map(|_| asked.ask(Command::place(Uuid::now_v7())));
            join_all(asks).await
        });
        assert!((&mut asking).now_or_never().is_none());
        tokio::time::sleep(Duration::from_millis(100)).await;
        if !by_drop {
            tasks.1.cancel();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        gate.add_permits(1000);
        assert!(asking.await.iter().all(Result::is_ok));
        if by_drop {
            drop(lanes);
        } else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let late = lanes.ask(Command::place(Uuid::now_v7())).await;
            assert!(matches!(late, Err(Error::Turned(Turned::Off))));
        }
        for _ in 0..2 {
            let ended = tokio::time::timeout(Duration::from_secs(5), tasks.0.next_end());
            ended.await.unwrap().unwrap();
        }
    }
    assert_eq!(store.count("tickets").await, 600);
}

async fn lane_that_panics_ends_its_task_and_turns_callers_off(store: Store) {
    let mut tasks = Tasks::default();
    let lanes = Lanes::open("toy", Toy::default(), &store.db, ONE, &mut tasks, Wake::new());

    let refused = lanes.ask(Command::Panic).await.unwrap_err();
    assert!(matches!(refused, Error::Turned(Turned::Off)));
    assert!(tasks.next_end().await.unwrap_err().is_panic());
    let refused = lanes.ask(Command::place(Uuid::now_v7())).await.unwrap_err();
    assert!(matches!(refused, Error::Turned(Turned::Off)));
}

mod store_that_is_gone_turns_the_whole_batch_down_at_once {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        let mut server = Postgres::start_fast().await.unwrap();
        let store = Store::at(server.database().await.unwrap()).await;
        let mut tasks = Tasks::default();
        let lanes = well(&store, &mut tasks).await;
        server.stop().await.unwrap();
        all_are_turned_down(&lanes).await;
        server.start_again().await.unwrap();
        comes_back(&lanes).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn mariadb() {
        let mut server = MariaDb::start_fast().await.unwrap();
        let store = Store::at(server.database().await.unwrap()).await;
        let mut tasks = Tasks::default();
        let lanes = well(&store, &mut tasks).await;
        server.stop().await.unwrap();
        all_are_turned_down(&lanes).await;
        server.start_again().await.unwrap();
        comes_back(&lanes).await;
    }

    async fn well(store: &Store, tasks: &mut Tasks) -> Lanes<Toy> {
        let lanes = Lanes::open("toy", Toy::default(), &store.db, ONE, tasks, Wake::new());
        lanes.ask(Command::place(Uuid::now_v7())).await.unwrap();
        lanes
    }

    async fn all_are_turned_down(lanes: &Lanes<Toy>) {
        let began = Instant::now();
        let asks = (0..500).map(|_| lanes.ask(Command::place(Uuid::now_v7())));
        for answer in join_all(asks).await {
            assert_eq!(answer.unwrap_err().kind(), Kind::Unavailable);
        }
        // Two or three transactions, each as long as the pool waits for a connection.
        assert!(began.elapsed() < Duration::from_secs(8), "took {:?}", began.elapsed());
    }

    async fn comes_back(lanes: &Lanes<Toy>) {
        let began = Instant::now();
        while lanes.ask(Command::place(Uuid::now_v7())).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "does not come back");
        }
    }
}
