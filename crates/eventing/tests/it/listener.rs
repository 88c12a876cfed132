//! What a listener does with events its context can, can't, can't yet and must not take.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use boxoffice_eventing::dead_letters::{self, DeadLetter};
use boxoffice_eventing::{Lanes, Listener, Message, Turned, Wake, pending};
use boxoffice_kernel::{Clock, Context};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::stores::{Store, on_every_broker};
use crate::toy::{CONFIRMED, Command, Error, PLACED, Tasks, Toy, event};
use crate::world::{Bench, Jet, until};

on_every_broker!(
    event_takes_effect_once_however_many_listen,
    poison_is_put_aside_listed_shown_and_replayed,
    what_is_not_there_yet_is_waited_for_briefly,
    what_cannot_be_reached_is_tried_until_it_can,
    policy_that_panics_harms_only_its_event,
    slow_event_holds_up_no_other,
    stopped_listener_settles_what_it_has_in_hand,
    poison_that_cannot_be_put_aside_comes_again,
);

const SOURCE: Context = Context::BOOKING;
const LISTENER: Context = Context::PAYMENT;

/// The listening context: what it does when booking speaks.
async fn follow(lanes: &Lanes<Toy>, message: &Message) -> Result<(), Error> {
    let id = message.aggregate_id;
    let command = match message.name.as_str() {
        PLACED => Command::place(id),
        CONFIRMED => Command::Confirm { id },
        _ => return Ok(()),
    };
    lanes.ask_once(message, command).await
}

async fn publish(bench: &impl Bench, messages: &[Message]) {
    let broker = bench.broker();
    let end = broker.last_sequence(SOURCE).await.unwrap();
    let published = broker.publish(SOURCE, end, messages).await;
    assert!(published.failure.is_none(), "{:?}", published.failure);
}

async fn caught_up(bench: &impl Bench) {
    let durable = Listener::durable(LISTENER, SOURCE);
    until("the listener to catch up", async || {
        bench.broker().lag(SOURCE, &durable).await.unwrap() == 0
    })
    .await;
}

async fn letters(store: &Store) -> Vec<DeadLetter> {
    dead_letters::list(&store.db, 100).await.unwrap()
}

/// A listener that answers `policy`, told how often it saw the event before.
fn listen<P>(tasks: &mut Tasks, bench: &impl Bench, store: &Store, policy: P)
where
    P: Fn(&Message, u32) -> Result<(), Error> + Send + Sync + 'static,
{
    let seen: Mutex<HashMap<Uuid, u32>> = Mutex::default();
    let listener = Listener::new(LISTENER, SOURCE, &store.db, &bench.broker());
    tasks.run(listener.run(move |message| {
        let times = {
            let mut seen = seen.lock().unwrap();
            let times = seen.entry(message.id).or_default();
            *times += 1;
            *times - 1
        };
        std::future::ready(policy(&message, times))
    }));
}

async fn event_takes_effect_once_however_many_listen<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let replica = store.replica().await;
    for db in [&store.db, &replica] {
        let lanes = Toy::default().open(db, &mut tasks, &Wake::new());
        let listener = Listener::new(LISTENER, SOURCE, db, &bench.broker());
        tasks.run(listener.run(move |message| {
            let lanes = lanes.clone();
            async move { follow(&lanes, &message).await }
        }));
    }
    let tickets: Vec<Uuid> = (0..40).map(|_| Uuid::now_v7()).collect();
    for version in 1..=25 {
        let name = if version == 1 { PLACED } else { CONFIRMED };
        let said: Vec<_> = tickets.iter().map(|id| event(name, *id, version)).collect();
        publish(&bench, &said).await;
    }
    caught_up(&bench).await;

    assert_eq!(store.count("inbox").await, 1000);
    assert_eq!(store.count("tickets WHERE version = 25").await, 40);
    assert_eq!(store.count("outbox").await, 1000);
    assert_eq!(pending(&store.db).await.unwrap().dead_letters, 0);
}

async fn poison_is_put_aside_listed_shown_and_replayed<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let said: Vec<_> = (1..=10).map(|n| event(PLACED, Uuid::now_v7(), n)).collect();
    let mut said = said;
    said[4].traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into());
    let poison = said[4].id;
    // Poison twice: when it is delivered, and at the first replay.
    listen(&mut tasks, &bench, &store, move |message, times| {
        if message.id == poison && times < 2 { Err(Error::Poisoned) } else { Ok(()) }
    });
    publish(&bench, &said).await;
    caught_up(&bench).await;

    let letter = letters(&store).await.pop().unwrap();
    assert_eq!(pending(&store.db).await.unwrap().dead_letters, 1);
    assert_eq!((letter.id, letter.name.as_deref()), (poison, Some(PLACED)));
    assert_eq!((letter.listener.as_str(), letter.source.as_str()), ("payment", "booking"));
    assert_eq!((letter.reason.as_str(), letter.attempts), ("POISONED", 1));
    assert_eq!(letter.error, "nobody knows why");
    assert_eq!(letter.traceparent, said[4].traceparent);
    assert_eq!(letter.message(SOURCE).as_ref(), Ok(&said[4]));
    assert_eq!(dead_letters::show(&store.db, poison).await.unwrap(), Some(letter.clone()));
    assert_eq!(dead_letters::show(&store.db, Uuid::nil()).await.unwrap(), None);

    // Asked for by another process, through the database.
    let operator = store.replica().await;
    assert!(!dead_letters::replay(&operator, Uuid::nil(), Clock.now()).await.unwrap());
    assert!(dead_letters::replay(&operator, poison, Clock.now()).await.unwrap());
    until("the first replay", async || letters(&store).await[0].attempts == 2).await;
    let again = letters(&store).await.pop().unwrap();
    assert_eq!((again.first_at, again.replay_requested_at), (letter.first_at, None));
    assert!(again.last_at > letter.last_at);

    assert_eq!(dead_letters::replay_all(&operator, Clock.now()).await.unwrap(), 1);
    until("the second replay", async || letters(&store).await.is_empty()).await;
}

async fn what_is_not_there_yet_is_waited_for_briefly<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let (soon, never) = (Uuid::now_v7(), Uuid::now_v7());
    listen(&mut tasks, &bench, &store, move |message, times| {
        let there = message.aggregate_id == soon && times >= 3;
        if there { Ok(()) } else { Err(Error::NotFound) }
    });
    publish(&bench, &[event(PLACED, soon, 1), event(PLACED, never, 1)]).await;
    caught_up(&bench).await;

    let letters = letters(&store).await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].message(SOURCE).unwrap().aggregate_id, never);
    assert_eq!((letters[0].reason.as_str(), letters[0].attempts), ("TICKET_NOT_FOUND", 5));
}

async fn what_cannot_be_reached_is_tried_until_it_can<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let began = Instant::now();
    listen(&mut tasks, &bench, &store, move |_, times| {
        if times < 2 { Err(Error::Turned(Turned::Away)) } else { Ok(()) }
    });
    publish(&bench, &[event(PLACED, Uuid::now_v7(), 1)]).await;
    caught_up(&bench).await;

    assert!(began.elapsed() > Duration::from_millis(2900), "1 s, then 2 s: {:?}", began.elapsed());
    assert_eq!(letters(&store).await, []);
}

async fn policy_that_panics_harms_only_its_event<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let said: Vec<_> = (1..=10).map(|n| event(PLACED, Uuid::now_v7(), n)).collect();
    let bad = said[3].id;
    listen(&mut tasks, &bench, &store, move |message, _| {
        assert!(message.id != bad, "a bug");
        Ok(())
    });
    publish(&bench, &said).await;
    caught_up(&bench).await;

    let letters = letters(&store).await;
    assert_eq!(letters.iter().map(|it| it.id).collect::<Vec<_>>(), [bad]);
    assert_eq!(letters[0].reason, "PANICKED");
}

async fn slow_event_holds_up_no_other<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let said: Vec<_> = (1..=600).map(|n| event(PLACED, Uuid::now_v7(), n)).collect();
    let slow = said[0].id;
    let done = Arc::new(Mutex::new(Vec::new()));
    let doing = Arc::clone(&done);
    let listener = Listener::new(LISTENER, SOURCE, &store.db, &bench.broker());
    tasks.run(listener.run(move |message| {
        let doing = Arc::clone(&doing);
        async move {
            if message.id == slow {
                tokio::time::sleep(Duration::from_millis(800)).await;
            }
            doing.lock().unwrap().push(message.sequence);
            Ok::<(), Error>(())
        }
    }));
    publish(&bench, &said).await;
    caught_up(&bench).await;

    let done = done.lock().unwrap().clone();
    assert_eq!(done[..599], (2..=600).collect::<Vec<_>>());
    assert_eq!(done[599..], [1]);
}

async fn stopped_listener_settles_what_it_has_in_hand<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    let stopping = CancellationToken::new();
    let listener = Listener::new(LISTENER, SOURCE, &store.db, &bench.broker());
    tasks.run(listener.until(stopping.clone()).run(|_| async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok::<(), Error>(())
    }));
    publish(&bench, &[event(PLACED, Uuid::now_v7(), 1)]).await;
    tokio::time::sleep(Duration::from_millis(250)).await;

    let began = Instant::now();
    stopping.cancel();
    tasks.next_end().await.unwrap();
    assert!(began.elapsed() > Duration::from_millis(100), "it did not wait");
    assert!(began.elapsed() < Duration::from_secs(2), "it took {:?}", began.elapsed());
    let durable = Listener::durable(LISTENER, SOURCE);
    until("the last settlement", async || bench.broker().lag(SOURCE, &durable).await.unwrap() == 0)
        .await;
}

async fn poison_that_cannot_be_put_aside_comes_again<B: Bench>(store: Store) {
    let bench = B::start().await;
    let mut tasks = Tasks::default();
    store.execute("ALTER TABLE dead_letters RENAME TO elsewhere").await;
    listen(&mut tasks, &bench, &store, |_, _| Err(Error::Poisoned));
    publish(&bench, &[event(PLACED, Uuid::now_v7(), 1)]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.broker().lag(SOURCE, "payment-booking").await.unwrap(), 1);

    store.execute("ALTER TABLE elsewhere RENAME TO dead_letters").await;
    until("the letter", async || !letters(&store).await.is_empty()).await;
    caught_up(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_put_aside() {
    let bench = Jet::start().await;
    let store = Store::postgres().await;
    let mut tasks = Tasks::default();
    listen(&mut tasks, &bench, &store, |_, _| Ok(()));
    bench.broker().last_sequence(SOURCE).await.unwrap();
    let client = async_nats::connect(bench.nats.url()).await.unwrap();
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("ce-id", "17");
    client.publish_with_headers(PLACED, headers, "garbage".into()).await.unwrap();
    client.flush().await.unwrap();
    until("the letter", async || !letters(&store).await.is_empty()).await;
    publish(&bench, &[event(PLACED, Uuid::now_v7(), 1)]).await;
    caught_up(&bench).await;

    let letter = letters(&store).await.pop().unwrap();
    assert_eq!((letter.reason.as_str(), letter.name), ("UNDECODABLE", None));
    assert_eq!(letter.headers, [("ce-id".to_owned(), "17".to_owned())]);
    assert_eq!(&*letter.payload, b"garbage");
    dead_letters::replay(&store.db, letter.id, Clock.now()).await.unwrap();
    until("the replay", async || letters(&store).await[0].attempts == 2).await;
}
