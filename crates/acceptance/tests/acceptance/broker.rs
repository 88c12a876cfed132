//! The broker is away, comes back, or comes back without what it had acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::{Context, Fleet, Plan, Settings, VISA, Wish, World, in_both, in_fleet};
use boxoffice_testkit::platform::{Platform as _, Said};

/// How long the broker is away.
const OUTAGE: Duration = Duration::from_secs(60);

/// What was said about each, in its order; nothing is said twice, and each in the order of its versions.
fn in_order(said: &[Said]) -> BTreeMap<String, Vec<String>> {
    let mut ids = BTreeSet::new();
    let mut versions = BTreeMap::new();
    let mut by_subject: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for event in said {
        assert!(ids.insert(&event.id), "said twice: {event:?}");
        let last = versions.insert(&event.about, event.sequence);
        assert!(last.is_none_or(|last| last < event.sequence), "out of order: {event:?}");
        by_subject.entry(event.about.clone()).or_default().push(event.name.clone());
    }
    by_subject
}

/// NFR-13: bookings go on for as long as the broker is away; then all events arrive, once in effect, in order.
async fn bookings_go_on_for_a_minute_without_a_broker(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(1_000, 9_000)).await;
    world.platform.broker_down().await.unwrap();

    let began = Instant::now();
    let (mut kept, mut cancelled) = (Vec::new(), Vec::new());
    while began.elapsed() < OUTAGE {
        let wish = || Wish::places(&showing, 1).paid_by(VISA);
        kept.push(alice.buy(wish()).await.booking_id);
        if kept.len() % 3 == 0 {
            let booking = alice.buy(wish()).await.booking_id;
            let gone = alice.cancel(&booking).await.unwrap();
            assert_eq!(gone.state(), BookingState::Cancelled);
            cancelled.push(booking);
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    assert!(kept.len() > 20, "a minute is enough for more than {}", kept.len());
    let meanwhile = alice.showing(&showing).await.unwrap();
    assert_eq!(meanwhile.seats_sold, 0, "seating has heard of no sale yet");

    world.platform.broker_up().await.unwrap();
    let sold = i32::try_from(kept.len()).unwrap();
    alice.sees_seats(&showing, 1_000 - sold, 0, sold).await;
    world.comes_to_rest().await;
    let said = in_order(&world.platform.said(Context::BOOKING).await.unwrap());
    for booking in &kept {
        assert_eq!(said[booking], ["BookingPlaced", "BookingConfirmed"]);
    }
    for booking in &cancelled {
        assert_eq!(said[booking], ["BookingPlaced", "BookingConfirmed", "BookingCancelled"]);
    }
    in_order(&world.platform.said(Context::SEATING).await.unwrap());
    in_order(&world.platform.said(Context::PAYMENT).await.unwrap());
}
in_both!(bookings_go_on_for_a_minute_without_a_broker);

/// A broker may lose its tail: what it had acknowledged since is published again, and every listener ends right.
async fn what_the_broker_lost_is_published_again(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let wish = || Wish::places(&showing, 1).paid_by(VISA);
    let early = alice.buy(wish()).await.booking_id;
    world.comes_to_rest().await;
    world.platform.broker_keep().await.unwrap();

    let mut late = Vec::new();
    for _ in 0..10 {
        late.push(alice.buy(wish()).await.booking_id);
    }
    alice.sees_seats(&showing, 89, 0, 11).await;
    let before: Vec<_> = world.platform.said(Context::BOOKING).await.unwrap();
    world.platform.broker_set_back().await.unwrap();

    // Whoever listens has to hear what comes after, too.
    alice.cancel(&early).await.unwrap();
    alice.cancel(&late[0]).await.unwrap();
    late.push(alice.buy(wish()).await.booking_id);
    alice.sees_seats(&showing, 90, 0, 10).await;
    world.comes_to_rest().await;
    let after = world.platform.said(Context::BOOKING).await.unwrap();
    let ids: BTreeSet<_> = after.iter().map(|it| &it.id).collect();
    let lost: Vec<_> = before.iter().filter(|it| !ids.contains(&it.id)).collect();
    assert!(lost.is_empty(), "never published again: {lost:?}");
    let said = in_order(&after);
    assert_eq!(said[&early], ["BookingPlaced", "BookingConfirmed", "BookingCancelled"]);
    assert_eq!(said[&late[0]], ["BookingPlaced", "BookingConfirmed", "BookingCancelled"]);
    for booking in &late[1..] {
        assert_eq!(said[booking], ["BookingPlaced", "BookingConfirmed"]);
    }
}
in_both!(what_the_broker_lost_is_published_again);

/// NFR-13: a listener that was down hears what it has missed.
async fn a_listener_that_was_down_hears_what_it_has_missed(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let bought = alice.buy(Wish::places(&showing, 3).paid_by(VISA)).await.booking_id;
    world.platform.down(Context::PAYMENT).await.unwrap();
    alice.cancel(&bought).await.unwrap();
    world.platform.down(Context::SEATING).await.unwrap();
    let kept = alice.bookings().await.unwrap();
    assert_eq!(kept.len(), 1);

    world.platform.heal(Context::SEATING).await.unwrap();
    world.platform.heal(Context::PAYMENT).await.unwrap();
    alice.sees_seats(&showing, 100, 0, 0).await;
    world.comes_to_rest().await;
}
in_both!(a_listener_that_was_down_hears_what_it_has_missed);

/// Every process starts, serves and is ready while there is no broker at all.
async fn a_context_starts_without_a_broker(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    fleet.broker_down().await.unwrap();
    for context in boxoffice_acceptance::CONTEXTS {
        fleet.kill(context).await.unwrap();
        fleet.start(context).await.unwrap();
    }
    alice.buy(Wish::places(&showing, 3).paid_by(VISA)).await;
    fleet.broker_up().await.unwrap();
    alice.sees_seats(&showing, 97, 0, 3).await;
}
in_fleet!(a_context_starts_without_a_broker, Settings::default());

/// NFR-15: an event tells which case it belongs to, what it follows from, and whose trace it is part of.
async fn events_are_linked_to_their_case_and_their_cause(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let booking = alice.buy(Wish::places(&showing, 3).paid_by(VISA)).await.booking_id;
    world.comes_to_rest().await;

    let confirmed = world.platform.said(Context::BOOKING).await.unwrap();
    let confirmed = confirmed.iter().find(|it| it.name == "BookingConfirmed").unwrap();
    assert_eq!(confirmed.correlation, booking);
    let sold = world.platform.said(Context::SEATING).await.unwrap();
    let sold = sold.iter().find(|it| it.name == "SeatsSold").unwrap();
    assert_eq!(sold.correlation, booking);
    assert_eq!(sold.cause.as_ref(), Some(&confirmed.id));
    assert!(confirmed.traced && sold.traced);
}
in_both!(events_are_linked_to_their_case_and_their_cause);
