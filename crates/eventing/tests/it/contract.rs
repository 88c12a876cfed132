//! What every broker promises. One suite, run on each of them.

mod joining;
mod publishing;

use std::collections::BTreeSet;
use std::time::Duration;

use boxoffice_eventing::broker::{Delivery, Outcome};
use boxoffice_eventing::{Broker, Message, Subscription};
use boxoffice_kernel::Context;
use futures::{FutureExt as _, StreamExt as _};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::toy::{PLACED, event};
use crate::world::{Bench, Embedded, Jet, OldJet, PATIENCE, until};

use self::publishing::{
    copy_is_acknowledged_and_not_kept, event_in_the_wrong_place_is_refused, restart_loses_nothing,
    stream_says_when_it_was_last_added_to, streams_do_not_see_each_other,
    window_that_overlaps_what_is_there_arrives_once,
};

const STREAM: Context = Context::BOOKING;

macro_rules! contract {
    ($($test:ident),+ $(,)?) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() { super::$test::<super::Embedded>().await; })+
        }
        mod jetstream {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() { super::$test::<super::Jet>().await; })+
        }
        mod jetstream_2_9 {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() { super::$test::<super::OldJet>().await; })+
        }
    };
}

contract!(
    what_is_published_comes_whole_and_in_order,
    what_is_done_does_not_come_again,
    what_is_to_come_again_comes_after_its_delay,
    what_is_not_settled_comes_again,
    what_is_not_settled_comes_again_after_a_restart,
    restart_loses_nothing,
    durables_do_not_see_each_other,
    readers_of_one_durable_share_its_events,
    streams_do_not_see_each_other,
    copy_is_acknowledged_and_not_kept,
    event_in_the_wrong_place_is_refused,
    stream_says_when_it_was_last_added_to,
    window_that_overlaps_what_is_there_arrives_once,
    lag_counts_what_is_not_settled,
    waiting_reader_is_woken_by_a_publish,
    fetch_may_be_dropped_while_it_waits,
    closed_reader_leaves_its_events_to_others,
    rewind_drops_no_cursor_that_is_where_its_stream_is,
    nudges_arrive,
    events_are_read_by_their_place,
    what_is_replaced_is_gone,
);

fn events(count: u64) -> Vec<Message> {
    let id = Uuid::now_v7();
    (1..=count).map(|n| event(PLACED, id, n)).collect()
}

/// Publishes at the end of the stream; all of it has to be taken.
async fn publish(broker: &dyn Broker, messages: &[Message]) -> Vec<u64> {
    let end = broker.last_sequence(STREAM).await.unwrap();
    let published = broker.publish(STREAM, end, messages).await;
    assert!(published.failure.is_none(), "{:?}", published.failure);
    published.sequences
}

async fn fetch(reader: &mut dyn Subscription, max: usize) -> Vec<Delivery> {
    timeout(Duration::from_secs(10), reader.fetch(max)).await.unwrap().unwrap()
}

/// Fetches until there are `count`.
async fn gather(reader: &mut dyn Subscription, count: usize) -> Vec<Delivery> {
    let mut gathered = Vec::new();
    while gathered.len() < count {
        gathered.extend(fetch(reader, count - gathered.len()).await);
    }
    gathered
}

async fn settle(reader: &mut dyn Subscription, deliveries: &[Delivery], outcome: Outcome) {
    let settled = deliveries.iter().map(|it| (it.receipt.clone(), outcome)).collect();
    reader.settle(settled).await.unwrap();
}

fn messages(deliveries: &[Delivery]) -> Vec<Message> {
    deliveries.iter().map(|it| it.message.clone().unwrap()).collect()
}

/// What was settled counts a moment later.
async fn lags(broker: &dyn Broker, count: u64) {
    let durable = "payment-booking";
    until("the lag", async || broker.lag(STREAM, durable).await.unwrap() == count).await;
}

/// Nothing comes for a while, longer than anything in hand is waited for.
async fn quiet(reader: &mut dyn Subscription) -> bool {
    timeout(PATIENCE * 2, reader.fetch(1)).await.is_err()
}

async fn what_is_published_comes_whole_and_in_order<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let mut said = events(1000);
    said[0].causation_id = Some(Uuid::now_v7());
    said[0].traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into());
    for window in said.chunks(300) {
        publish(&*broker, window).await;
    }
    assert_eq!(broker.last_sequence(STREAM).await.unwrap(), 1000);

    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let heard = gather(&mut *reader, 1000).await;
    assert_eq!(messages(&heard), said);
    assert!(heard.iter().all(|it| it.attempt == 1));
    let places: Vec<u64> = heard.iter().map(|it| it.sequence).collect();
    assert_eq!(places, (1..=1000).collect::<Vec<_>>());
}

async fn what_is_done_does_not_come_again<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    publish(&*broker, &events(10)).await;
    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let heard = gather(&mut *reader, 10).await;
    settle(&mut *reader, &heard, Outcome::Done).await;
    assert!(quiet(&mut *reader).await);
}

async fn what_is_to_come_again_comes_after_its_delay<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let said = events(5);
    publish(&*broker, &said).await;
    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();

    let heard = gather(&mut *reader, 5).await;
    let (again, done) = heard.split_at(2);
    let began = Instant::now();
    let delay = Duration::from_millis(700);
    settle(&mut *reader, again, Outcome::Again(delay)).await;
    settle(&mut *reader, done, Outcome::Done).await;
    for attempt in 2..=3 {
        let heard = gather(&mut *reader, 2).await;
        assert!(began.elapsed() >= delay * (attempt - 1) - Duration::from_millis(20));
        assert!(heard.iter().all(|it| it.attempt == u64::from(attempt)), "{heard:?}");
        assert_eq!(messages(&heard), said[..2]);
        let outcome = if attempt == 2 { Outcome::Again(delay) } else { Outcome::Done };
        settle(&mut *reader, &heard, outcome).await;
    }
    assert!(quiet(&mut *reader).await);
}

async fn what_is_not_settled_comes_again<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    publish(&*broker, &events(3)).await;
    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let heard = gather(&mut *reader, 3).await;
    settle(&mut *reader, &heard[1..2], Outcome::Done).await;

    let again = gather(&mut *reader, 2).await;
    let places: Vec<(u64, u64)> = again.iter().map(|it| (it.sequence, it.attempt)).collect();
    assert_eq!(places, [(1, 2), (3, 2)]);
    settle(&mut *reader, &again, Outcome::Done).await;
    lags(&*broker, 0).await;
}

async fn what_is_not_settled_comes_again_after_a_restart<B: Bench>() {
    let mut bench = B::start().await;
    let broker = bench.broker();
    let said = events(20);
    publish(&*broker, &said).await;
    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let heard = gather(&mut *reader, 15).await;
    settle(&mut *reader, &heard[..10], Outcome::Done).await;
    settle(&mut *reader, &heard[10..12], Outcome::Again(Duration::from_millis(100))).await;
    lags(&*broker, 10).await;
    drop((reader, broker));

    bench.restart().await;
    let broker = bench.broker();
    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let mut heard = gather(&mut *reader, 10).await;
    heard.sort_by_key(|it| it.sequence);
    assert_eq!(messages(&heard), said[10..]);
}

async fn durables_do_not_see_each_other<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let said = events(30);
    publish(&*broker, &said).await;
    for durable in ["payment-booking", "seating-booking", "mypage-booking"] {
        let mut reader = broker.subscribe(STREAM, durable).await.unwrap();
        let heard = gather(&mut *reader, 30).await;
        assert_eq!(messages(&heard), said);
        settle(&mut *reader, &heard, Outcome::Done).await;
    }
}

async fn readers_of_one_durable_share_its_events<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let mut one = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let mut other = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    publish(&*broker, &events(400)).await;

    let mut places = Vec::new();
    while places.len() < 400 {
        for reader in [&mut one, &mut other] {
            let Ok(heard) = timeout(Duration::from_millis(50), reader.fetch(20)).await else {
                continue;
            };
            let heard = heard.unwrap();
            settle(&mut **reader, &heard, Outcome::Done).await;
            places.extend(heard.iter().map(|it| it.sequence));
        }
    }
    places.sort_unstable();
    assert_eq!(places, (1..=400).collect::<Vec<_>>());
}

async fn lag_counts_what_is_not_settled<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    assert_eq!(broker.lag(STREAM, "payment-booking").await.unwrap(), 0);
    publish(&*broker, &events(10)).await;
    assert_eq!(broker.lag(STREAM, "payment-booking").await.unwrap(), 10);

    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let heard = gather(&mut *reader, 6).await;
    assert_eq!(reader.lag().await.unwrap(), 10);
    settle(&mut *reader, &heard[..4], Outcome::Done).await;
    settle(&mut *reader, &heard[4..5], Outcome::Again(Duration::from_secs(20))).await;
    lags(&*broker, 6).await;
    assert_eq!(reader.lag().await.unwrap(), 6);
    assert_eq!(broker.lag(STREAM, "seating-booking").await.unwrap(), 10);
}

async fn waiting_reader_is_woken_by_a_publish<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let waiting = async {
        let heard = fetch(&mut *reader, 10).await;
        (heard.len(), Instant::now())
    };
    let publishing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        publish(&*broker, &events(1)).await;
        Instant::now()
    };
    let ((heard, at), published) = tokio::join!(waiting, publishing);
    assert_eq!(heard, 1);
    assert!(at.saturating_duration_since(published) < Duration::from_millis(200));
}

async fn fetch_may_be_dropped_while_it_waits<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let said = events(200);
    let publishing = async {
        for one in &said {
            publish(&*broker, std::slice::from_ref(one)).await;
        }
    };
    let reading = async {
        let mut heard = Vec::new();
        while heard.len() < 200 {
            let waited = timeout(Duration::from_micros(300), reader.fetch(50)).await;
            let some = waited.unwrap_or_else(|_| Ok(Vec::new())).unwrap();
            settle(&mut *reader, &some, Outcome::Done).await;
            heard.extend(some);
        }
        heard
    };
    let ((), heard) = tokio::join!(publishing, reading);
    assert_eq!(messages(&heard), said);
    assert!(heard.iter().all(|it| it.attempt == 1));
}

async fn closed_reader_leaves_its_events_to_others<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    publish(&*broker, &events(100)).await;
    let mut one = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let heard = gather(&mut *one, 1).await;
    settle(&mut *one, &heard, Outcome::Done).await;
    tokio::time::sleep(Duration::from_millis(100)).await; // what is read ahead has arrived
    one.close().await;
    drop(one);

    let began = Instant::now();
    let mut other = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let mut places = BTreeSet::new();
    while places.len() < 95 {
        places.extend(fetch(&mut *other, 100).await.iter().map(|it| it.sequence));
    }
    assert!(began.elapsed() < PATIENCE / 2, "took {:?}", began.elapsed());
    while places.len() < 99 {
        places.extend(fetch(&mut *other, 100).await.iter().map(|it| it.sequence));
    }
    assert!(!places.contains(&1));
}

async fn rewind_drops_no_cursor_that_is_where_its_stream_is<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    publish(&*broker, &events(10)).await;
    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    let heard = gather(&mut *reader, 10).await;
    settle(&mut *reader, &heard, Outcome::Done).await;
    broker.rewind(STREAM).await.unwrap();
    assert!(quiet(&mut *reader).await);
    lags(&*broker, 0).await;
}

async fn nudges_arrive<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let mut nudges = broker.nudges(STREAM);
    let began = Instant::now();
    loop {
        assert!((&mut nudges.next()).now_or_never().is_none_or(|it| it.is_some()));
        broker.nudge(STREAM).await;
        broker.nudge(Context::PAYMENT).await;
        if timeout(Duration::from_millis(100), nudges.next()).await.is_ok() {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(5), "no nudge arrives");
    }
}

async fn events_are_read_by_their_place<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let said = events(3);
    let places = publish(&*broker, &said).await;
    for (place, event) in places.iter().zip(&said) {
        assert_eq!(broker.read(STREAM, *place).await.unwrap().as_ref(), Some(event));
    }
    assert_eq!(broker.read(STREAM, places[2] + 1).await.unwrap(), None);
    assert_eq!(broker.read(Context::PAYMENT, 1).await.unwrap(), None);
}

/// Events that somebody has to be taken out of: neither who has heard them nor who hears them for the first time misses one.
async fn what_is_replaced_is_gone<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let said = events(3);
    let places = publish(&*broker, &said).await;
    let replacement = Message { payload: b"nobody".as_slice().into(), ..said[1].clone() };
    broker.replace(STREAM, &[(places[1], replacement.clone())]).await.unwrap();
    broker.scrub().await.unwrap();

    let mut left = Vec::new();
    for place in 1..=broker.last_sequence(STREAM).await.unwrap() {
        left.extend(broker.read(STREAM, place).await.unwrap());
    }
    left.sort_unstable_by_key(|event| event.sequence);
    assert_eq!(left, [said[0].clone(), replacement, said[2].clone()]);

    let more = events(1);
    publish(&*broker, &more).await;
    let mut reader = broker.subscribe(STREAM, "late-booking").await.unwrap();
    let mut heard = BTreeSet::new();
    while heard.len() < 4 {
        heard.extend(fetch(&mut *reader, 10).await.into_iter().map(|it| it.message.unwrap().id));
    }
    let all: BTreeSet<_> = said.iter().chain(&more).map(|event| event.id).collect();
    assert_eq!(heard, all);
}
