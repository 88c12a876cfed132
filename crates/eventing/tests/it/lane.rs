//! What a lane promises whoever asks.

use std::sync::Arc;

use boxoffice_eventing::{Wake, pending};
use boxoffice_kernel::{Fault as _, Kind};
use futures::future::join_all;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::stores::{Store, on_every_store};
use crate::toy::{CLASH, CONFIRMED, Command, Error, PLACED, Tasks, Toy, event};

on_every_store!(
    racing_retries_take_effect_once,
    one_spoiled_command_harms_only_itself,
    lost_race_is_run_again_a_few_times_then_answered,
    timer_runs_among_the_events_without_an_inbox_row,
    refusal_is_an_answer_and_the_others_go_on,
    replicas_never_undo_each_other,
    event_takes_effect_once_on_two_replicas,
    repeated_event_in_one_batch_takes_effect_once,
    events_are_said_in_the_order_of_the_decisions,
);

async fn racing_retries_take_effect_once(store: Store) {
    let mut tasks = Tasks::default();
    let replica = store.replica().await;
    let lanes = [&store.db, &replica].map(|db| Toy::default().open(db, &mut tasks, &Wake::new()));

    for _ in 0..20 {
        let id = Uuid::now_v7();
        let attempts = (0..8).map(|n| lanes[n % 2].ask(Command::place(id)));
        for answer in join_all(attempts).await {
            assert_eq!(answer.unwrap(), 1);
        }
    }

    assert_eq!(store.count("tickets").await, 20);
    assert_eq!(store.count("outbox").await, 20);
}

async fn one_spoiled_command_harms_only_itself(store: Store) {
    let mut tasks = Tasks::default();
    let lanes = Toy::default().open(&store.db, &mut tasks, &Wake::new());

    let attempts = (0..64).map(|n| {
        let seat = if n == 7 { "X-13".to_owned() } else { format!("A-{n}") };
        lanes.ask(Command::Place { id: Uuid::now_v7(), seat })
    });
    let answers = join_all(attempts).await;

    let failed: Vec<usize> = (0..64).filter(|n| answers[*n].is_err()).collect();
    assert_eq!(failed, [7]);
    assert_eq!(answers[7].as_ref().unwrap_err().kind(), Kind::Internal);
    assert_eq!(store.count("tickets").await, 63);
    assert_eq!(store.count("outbox").await, 63);
}

async fn lost_race_is_run_again_a_few_times_then_answered(store: Store) {
    let mut tasks = Tasks::default();
    let gate = Arc::new(Semaphore::new(1000));
    let toy = Toy { gate: Arc::clone(&gate), ..Toy::default() };
    let lanes = toy.open(&store.db, &mut tasks, &Wake::new());
    lanes.ask(Command::place(CLASH)).await.unwrap();

    let before = gate.available_permits();
    let lost = lanes.ask(Command::Clash).await.unwrap_err();
    assert_eq!(lost.kind(), Kind::Conflict);
    assert_eq!(before - gate.available_permits(), 6, "transactions");

    let others = (0..32).map(|n| lanes.ask(Command::place(Uuid::from_u128(100 + n))));
    let (lost, others) = tokio::join!(lanes.ask(Command::Clash), join_all(others));
    assert_eq!(lost.unwrap_err().kind(), Kind::Conflict);
    assert!(others.iter().all(Result::is_ok));
    assert_eq!(store.count("tickets").await, 33);
}

async fn timer_runs_among_the_events_without_an_inbox_row(store: Store) {
    let mut tasks = Tasks::default();
    let lanes = Toy::default().open(&store.db, &mut tasks, &Wake::new());
    let id = Uuid::now_v7();
    assert_eq!(lanes.ask_timer(Command::place(id)).await.unwrap(), 1);
    assert_eq!(lanes.ask_timer(Command::Confirm { id }).await.unwrap(), 2);
    assert_eq!((store.count("inbox").await, store.count("outbox").await), (0, 2));
}

async fn refusal_is_an_answer_and_the_others_go_on(store: Store) {
    let mut tasks = Tasks::default();
    let lanes = Toy::default().open(&store.db, &mut tasks, &Wake::new());

    let known = Uuid::now_v7();
    lanes.ask(Command::place(known)).await.unwrap();
    let unknown: Vec<Uuid> = (0..32).map(|_| Uuid::now_v7()).collect();
    let refused = join_all(unknown.iter().map(|id| lanes.ask(Command::Confirm { id: *id })));
    let confirmed = join_all((0..32).map(|_| lanes.ask(Command::Confirm { id: known })));
    let (refused, confirmed) = tokio::join!(refused, confirmed);

    assert!(refused.iter().all(|it| matches!(it, Err(Error::NotFound))));
    let mut versions: Vec<i64> = confirmed.into_iter().map(Result::unwrap).collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..34).collect::<Vec<_>>());
    assert_eq!(store.count("outbox").await, 33);
}

async fn replicas_never_undo_each_other(store: Store) {
    let mut tasks = Tasks::default();
    let replica = store.replica().await;
    let lanes = [&store.db, &replica].map(|db| Toy::default().open(db, &mut tasks, &Wake::new()));

    let tries = (0..400u128).map(|n| {
        let (lanes, id) = (&lanes[n as usize % 2], Uuid::from_u128(n / 4));
        async move {
            lanes.ask(Command::place(id)).await.unwrap();
            lanes.ask(Command::Confirm { id }).await.unwrap();
        }
    });
    join_all(tries).await;

    // Placed once, then confirmed by each of the four: no confirmation is lost.
    assert_eq!(store.count("tickets").await, 100);
    assert_eq!(store.count("tickets WHERE version = 5").await, 100);
    assert_eq!(store.count(&format!("outbox WHERE name = '{PLACED}'")).await, 100);
    assert_eq!(store.count(&format!("outbox WHERE name = '{CONFIRMED}'")).await, 400);
}

async fn event_takes_effect_once_on_two_replicas(store: Store) {
    let mut tasks = Tasks::default();
    let replica = store.replica().await;
    let lanes = [&store.db, &replica].map(|db| Toy::default().open(db, &mut tasks, &Wake::new()));

    let id = Uuid::now_v7();
    lanes[0].ask(Command::place(id)).await.unwrap();
    let causes: Vec<_> = (0..100).map(|n| event(PLACED, id, n)).collect();
    let deliveries = (0..400).map(|n| {
        let (lanes, cause) = (&lanes[n % 2], &causes[n / 4]);
        async move { lanes.ask_once(cause, Command::Confirm { id }).await.unwrap() }
    });
    join_all(deliveries).await;

    assert_eq!(store.count("tickets WHERE version = 101").await, 1);
    assert_eq!(store.count("inbox").await, 100);
    assert_eq!(store.count("outbox").await, 101);
}

async fn repeated_event_in_one_batch_takes_effect_once(store: Store) {
    let mut tasks = Tasks::default();
    let lanes = Toy::default().open(&store.db, &mut tasks, &Wake::new());
    let id = Uuid::now_v7();
    let cause = event(PLACED, id, 1);

    // Not taken in: it may come again.
    let refused = lanes.ask_once(&cause, Command::Confirm { id }).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    assert_eq!(store.count("inbox").await, 0);

    lanes.ask(Command::place(id)).await.unwrap();
    let again = (0..32).map(|_| lanes.ask_once(&cause, Command::Confirm { id }));
    assert!(join_all(again).await.iter().all(Result::is_ok));
    assert_eq!(store.count("tickets WHERE version = 2").await, 1);
    assert_eq!(store.count("inbox").await, 1);
}

async fn events_are_said_in_the_order_of_the_decisions(store: Store) {
    let mut tasks = Tasks::default();
    let lanes = Toy::default().open(&store.db, &mut tasks, &Wake::new());
    let id = Uuid::now_v7();
    lanes.ask(Command::place(id)).await.unwrap();
    join_all((0..200).map(|_| lanes.ask(Command::Confirm { id }))).await;

    let disorder = "outbox AS a JOIN outbox AS b ON a.seq < b.seq AND a.sequence >= b.sequence";
    assert_eq!(store.count("outbox").await, 201);
    assert_eq!(store.count(disorder).await, 0);
    let pending = pending(&store.db).await.unwrap();
    assert_eq!((pending.outbox_unpublished, pending.dead_letters), (201, 0));
    assert!(pending.oldest_unpublished.is_some());
}
