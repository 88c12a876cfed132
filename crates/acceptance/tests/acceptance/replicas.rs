//! Two processes of one context on one database: what happens, happens once, whoever was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::seating::v1::{SeatState, WatchSeatMapRequest, WatchSeatMapResponse};
use boxoffice_acceptance::{Context, Fleet, Person, Plan, Settings, VISA, Wish, World, in_fleet};
use boxoffice_testkit::platform::Platform as _;
use futures::future::join_all;
use tonic::Streaming;

fn two_of(context: Context) -> Settings {
    Settings::default().replica(context)
}

/// The same person, who asks the second replica.
fn elsewhere(person: &Person, fleet: &Fleet, context: Context) -> Person {
    person.clone().at(context, &fleet.replica_url(context).unwrap())
}

/// No event is in the stream twice, and none of one subject before an older one.
async fn published_once_and_in_order(fleet: &Fleet, context: Context) {
    let (mut ids, mut versions) = (BTreeSet::new(), BTreeMap::new());
    for event in fleet.said(context).await.unwrap() {
        assert!(ids.insert(event.id.clone()), "published twice: {event:?}");
        let last = versions.insert(event.about.clone(), event.sequence);
        assert!(last.is_none_or(|last| last < event.sequence), "out of order: {event:?}");
    }
}

/// NFR-14: an event takes effect once, and one relay publishes.
async fn an_event_takes_effect_once_whoever_hears_it(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    let other = elsewhere(&alice, &fleet, Context::BOOKING);
    // Settled by events only: the provider answers nobody in the call.
    let wish = || Wish::places(&showing, 1).paid_by("pm_sim_unavailable_once");
    let here = (0..20).map(|_| alice.place(wish()));
    let there = (0..20).map(|_| other.place(wish()));
    let (here, there) = tokio::join!(join_all(here), join_all(there));
    let bookings: Vec<_> = here.into_iter().chain(there).map(|it| it.unwrap().booking_id).collect();
    for booking in &bookings {
        alice.sees(booking, BookingState::Confirmed).await;
        alice.sees_payments(booking, &[Money::Approved]).await;
    }
    alice.sees_seats(&showing, 460, 0, 40).await;
    world.comes_to_rest().await;

    published_once_and_in_order(&fleet, Context::BOOKING).await;
    let said = fleet.said(Context::BOOKING).await.unwrap();
    let confirmed = said.iter().filter(|it| it.name == "BookingConfirmed").count();
    assert_eq!(confirmed, bookings.len());
}
in_fleet!(an_event_takes_effect_once_whoever_hears_it, two_of(Context::BOOKING));

/// Two seating replicas hear every sale, and count each once.
async fn a_sale_is_counted_once_whoever_hears_of_it(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    let bought = (0..60).map(|_| alice.buy(Wish::places(&showing, 2).paid_by(VISA)));
    let bought = join_all(bought).await;
    alice.sees_seats(&showing, 380, 0, 120).await;
    join_all(bought.iter().take(30).map(|it| alice.cancel(&it.booking_id))).await;
    alice.sees_seats(&showing, 440, 0, 60).await;
    world.comes_to_rest().await;
    published_once_and_in_order(&fleet, Context::SEATING).await;
}
in_fleet!(a_sale_is_counted_once_whoever_hears_of_it, two_of(Context::SEATING));

/// Two payment replicas settle what is due, and charge and refund each once.
async fn a_payment_is_settled_once_whoever_takes_it_up(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    let wish = || Wish::places(&showing, 1).paid_by("pm_sim_unavailable_once");
    let placed = join_all((0..20).map(|_| alice.place(wish()))).await;
    let placed: Vec<_> = placed.into_iter().map(|it| it.unwrap().booking_id).collect();
    for booking in &placed {
        alice.sees(booking, BookingState::Confirmed).await;
        alice.cancel(booking).await.unwrap();
        alice.sees_payments(booking, &[Money::Cancelled]).await;
    }
    world.comes_to_rest().await;
    published_once_and_in_order(&fleet, Context::PAYMENT).await;
}
in_fleet!(a_payment_is_settled_once_whoever_takes_it_up, two_of(Context::PAYMENT));

/// The same request, sent to both at once, is one booking and one charge.
async fn the_same_request_to_both_replicas_is_one_booking(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    let other = elsewhere(&alice, &fleet, Context::BOOKING);
    for _ in 0..5 {
        let wish = Wish::places(&showing, 2).paid_by(VISA);
        let asked = (0..10).flat_map(|_| [alice.place(wish.clone()), other.place(wish.clone())]);
        let answers = join_all(asked).await;
        let ids: BTreeSet<_> = answers.into_iter().map(|it| it.unwrap().booking_id).collect();
        assert_eq!(ids.len(), 1);
        let booking = ids.first().unwrap();
        alice.sees(booking, BookingState::Confirmed).await;
        alice.sees_payments(booking, &[Money::Approved]).await;
    }
    assert_eq!(alice.bookings().await.unwrap().len(), 5);
    alice.sees_seats(&showing, 490, 0, 10).await;
}
in_fleet!(the_same_request_to_both_replicas_is_one_booking, two_of(Context::BOOKING));

/// A purchase watched on one replica and changed through the other; the resume token of one works on the other.
async fn a_booking_watched_here_is_changed_there(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    let other = elsewhere(&alice, &fleet, Context::BOOKING);
    let held = alice.place(Wish::places(&showing, 2)).await.unwrap().booking_id;

    let mut watch = alice.watch(&held, "").await.unwrap();
    let first = watch.message().await.unwrap().unwrap();
    assert_eq!(first.booking.unwrap().state(), BookingState::AwaitingPayment);
    other.pay(&held, VISA).await.unwrap();
    let token = loop {
        let seen = watch.message().await.unwrap().unwrap();
        if seen.booking.unwrap().state() == BookingState::Confirmed {
            break seen.resume_token;
        }
    };
    // There it goes on where it was here, and what happens here is seen there.
    let mut watch = other.watch(&held, &token).await.unwrap();
    alice.cancel(&held).await.unwrap();
    let seen = watch.message().await.unwrap().unwrap().booking.unwrap();
    assert_eq!(seen.state(), BookingState::Cancelled);
    // From an older place it is told at once what it has missed.
    let mut late = other.watch(&held, &first.resume_token).await.unwrap();
    let seen = late.message().await.unwrap().unwrap().booking.unwrap();
    assert_eq!(seen.state(), BookingState::Cancelled);
}
in_fleet!(a_booking_watched_here_is_changed_there, two_of(Context::BOOKING));

/// The same for a seat map.
async fn a_seat_map_watched_here_is_changed_there(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(2, 10, 9_000)).await;
    let other = elsewhere(&alice, &fleet, Context::SEATING);

    let mut watch = watch_map(&other, &showing, "").await;
    let whole = watch.message().await.unwrap().unwrap();
    assert_eq!(whole.seats.len(), 20);
    let booking = alice.buy(Wish::seats(&showing, &["A-1", "B-2"]).paid_by(VISA)).await;
    let token = until(&mut watch, &["A-1", "B-2"], SeatState::Sold).await;

    let mut watch = watch_map(&alice, &showing, &token).await;
    alice.cancel(&booking.booking_id).await.unwrap();
    until(&mut watch, &["A-1", "B-2"], SeatState::Free).await;
    let mut late = watch_map(&other, &showing, &token).await;
    until(&mut late, &["A-1", "B-2"], SeatState::Free).await;
}
in_fleet!(a_seat_map_watched_here_is_changed_there, two_of(Context::SEATING));

/// A replica that dies takes nothing with it: the other publishes, sweeps and settles for it.
async fn when_a_replica_dies_the_other_goes_on(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    let other = elsewhere(&alice, &fleet, Context::BOOKING);
    other.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    alice.sees_seats(&showing, 499, 0, 1).await;

    // Whichever of the two publishes, it is dead now and then.
    fleet.kill(Context::BOOKING).await.unwrap();
    other.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    alice.sees_seats(&showing, 498, 0, 2).await;
    fleet.start(Context::BOOKING).await.unwrap();
    let wish = Wish::places(&showing, 1).paid_by("pm_sim_unavailable_once");
    let left = other.place(wish).await.unwrap().booking_id;
    fleet.kill_replica(Context::BOOKING).await.unwrap();
    alice.sees(&left, BookingState::Confirmed).await;
    alice.sees_seats(&showing, 497, 0, 3).await;
}
in_fleet!(when_a_replica_dies_the_other_goes_on, two_of(Context::BOOKING));

async fn watch_map(
    person: &Person,
    showing_id: &str,
    resume_token: &str,
) -> Streaming<WatchSeatMapResponse> {
    let request = WatchSeatMapRequest {
        showing_id: showing_id.to_owned(),
        resume_token: resume_token.to_owned(),
    };
    let answer = person.client(Context::SEATING).seating().watch_seat_map(request).await;
    answer.unwrap().into_inner()
}

/// Follows the map until these seats were seen in that state; the last resume token.
async fn until(
    watch: &mut Streaming<WatchSeatMapResponse>,
    seats: &[&str],
    state: SeatState,
) -> String {
    let mut waiting: BTreeSet<_> = seats.iter().map(|seat| (*seat).to_owned()).collect();
    loop {
        let seen = watch.message().await.unwrap().unwrap();
        for seat in seen.seats.iter().filter(|seat| seat.state() == state) {
            waiting.remove(&seat.seat);
        }
        if waiting.is_empty() {
            return seen.resume_token;
        }
    }
}
