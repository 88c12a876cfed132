//! Two processes on one database, and very many to tell.

use std::collections::BTreeSet;
use std::time::Instant;

use boxoffice_contracts::booking::v1::BookingRescheduled;
use boxoffice_contracts::wkt::Timestamp;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use boxoffice_notification::domain::Topic;
use uuid::Uuid;

use crate::world::{World, eventually, message};

/// A showing that so many have booked begins at another time (FR-53).
async fn moved(world: &World, holders: usize) {
    let time = |seconds| Some(Timestamp { seconds, nanos: 0 });
    let said = |n: usize| -> Message {
        let id = Uuid::new_v4();
        world.booking.knows(id, &format!("holder-{n}@example.org"), "");
        let moved = BookingRescheduled {
            booking_id: id.to_string(),
            customer_id: format!("holder-{n}"),
            showing_id: Uuid::nil().to_string(),
            previous_start_time: time(0),
            start_time: time(3_600),
        };
        message(Context::BOOKING, id, &moved)
    };
    let messages: Vec<_> = (0..holders).map(said).collect();
    for some in messages.chunks(500) {
        world.deliver(some).await;
    }
}

/// Everybody has been written to, once.
async fn all_told(world: &World, holders: usize) {
    eventually("all told", async || world.post.letters().len() >= holders).await;
    eventually("all recorded", async || world.said().await.len() >= holders).await;
    let letters = world.post.letters();
    let told: BTreeSet<_> = letters.iter().map(|it| it.to.expose()).collect();
    assert_eq!((letters.len(), told.len(), world.said().await.len()), (holders, holders, holders));
    assert_eq!(world.post.calls(), holders);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_send_each_notice_once() {
    for world in [World::on_postgres().await, World::on_mariadb().await] {
        let _replicas = [world.start().await, world.start().await];
        moved(&world, 300).await;
        all_told(&world, 300).await;
    }
}

/// However many there are to tell, few are in hand at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_holders_are_told_a_few_at_a_time() {
    let world = World::on_sqlite().await;
    let _process = world.start().await;
    let began = Instant::now();
    moved(&world, 10_000).await;
    all_told(&world, 10_000).await;
    println!("10 000 holders were told within {:?}", began.elapsed());
    let most = world.post.most_at_once();
    assert!(most <= world.config.concurrency, "{most} at once");
    assert!(size_of::<Topic>() <= 64, "a notice is small");
}
