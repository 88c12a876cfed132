//! What a broker promises who publishes.

use boxoffice_eventing::Message;
use boxoffice_eventing::broker::Error;
use boxoffice_kernel::{Clock, Context};
use uuid::Uuid;

use super::{STREAM, events, fetch, gather, messages, publish};
use crate::toy::event;
use crate::world::Bench;

pub(super) async fn copy_is_acknowledged_and_not_kept<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let said = events(3);
    assert_eq!(publish(&*broker, &said).await, [1, 2, 3]);
    assert_eq!(publish(&*broker, &said[1..]).await, [2, 3]);
    assert_eq!(broker.last_sequence(STREAM).await.unwrap(), 3);
}

pub(super) async fn event_in_the_wrong_place_is_refused<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    publish(&*broker, &events(3)).await;
    for wrong in [2, 4, 40] {
        let published = broker.publish(STREAM, wrong, &events(2)).await;
        assert!(matches!(published.failure, Some(Error::Moved { after }) if after == wrong));
        assert!(published.sequences.is_empty());
    }
    assert_eq!(broker.last_sequence(STREAM).await.unwrap(), 3);
}

pub(super) async fn stream_says_when_it_was_last_added_to<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    assert_eq!(broker.last_time(STREAM).await.unwrap(), None);
    publish(&*broker, &events(3)).await;
    let last = broker.last_time(STREAM).await.unwrap().unwrap();
    let age = Clock.now() - last;
    assert!(age.num_milliseconds() >= 0 && age.num_seconds() < 5, "{age}");
}

pub(super) async fn window_that_overlaps_what_is_there_arrives_once<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    let said = events(20);
    let there: Vec<Message> = said.iter().step_by(3).cloned().collect();
    publish(&*broker, &there).await;

    let mut rest = &said[..];
    while !rest.is_empty() {
        let end = broker.last_sequence(STREAM).await.unwrap();
        let published = broker.publish(STREAM, end, rest).await;
        assert!(matches!(published.failure, None | Some(Error::Moved { .. })));
        assert!(!published.sequences.is_empty(), "no progress");
        rest = &rest[published.sequences.len()..];
    }
    assert_eq!(broker.last_sequence(STREAM).await.unwrap(), 20);
}

pub(super) async fn streams_do_not_see_each_other<B: Bench>() {
    let bench = B::start().await;
    let broker = bench.broker();
    publish(&*broker, &events(3)).await;
    let mut other = event("boxoffice.payment.v1.PaymentApproved", Uuid::now_v7(), 1);
    other.context = Context::PAYMENT;
    let published = broker.publish(Context::PAYMENT, 0, std::slice::from_ref(&other)).await;
    assert_eq!(published.sequences, [1]);

    let mut reader = broker.subscribe(Context::PAYMENT, "booking-payment").await.unwrap();
    assert_eq!(messages(&fetch(&mut *reader, 10).await), [other]);
    assert_eq!(broker.last_sequence(STREAM).await.unwrap(), 3);
    assert_eq!(broker.last_sequence(Context::CATALOG).await.unwrap(), 0);
}

pub(super) async fn restart_loses_nothing<B: Bench>() {
    let mut bench = B::start().await;
    let said = events(500);
    publish(&*bench.broker(), &said[..300]).await;
    bench.restart().await;
    let broker = bench.broker();
    assert_eq!(broker.last_sequence(STREAM).await.unwrap(), 300);
    publish(&*broker, &said[300..]).await;
    let mut reader = broker.subscribe(STREAM, "payment-booking").await.unwrap();
    assert_eq!(messages(&gather(&mut *reader, 500).await), said);
}
