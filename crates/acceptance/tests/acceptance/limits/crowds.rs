//! More customers than there is room for, customers who call without end, and connections that grow old.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::{Booking, BookingState};
use boxoffice_acceptance::seating::v1::WatchSeatMapRequest;
use boxoffice_acceptance::{
    Context, PATIENCE, Person, Plan, Refused as _, Settings, VISA, Wish, World, in_both, in_single,
};
use futures::future::join_all;
use reqwest::{Method, StatusCode};
use tonic::Code;

/// Calls that are handled at once, and ten times as many that come.
const ROOM: &str = "8";
const CROWD: usize = 80;
const SEATS: i32 = 40;

/// Asks under one request id until there is an answer, and counts how often there is no room.
async fn insists(fan: Person, wish: Wish, refused: &AtomicU32) -> Booking {
    let began = Instant::now();
    loop {
        let told = match fan.place(wish.clone()).await {
            Ok(booking) => return booking,
            Err(told) => Err::<(), _>(told).refused(),
        };
        let hint = told.retry.expect("a hint when to come back");
        if told.reason == "OVERLOADED" {
            assert_eq!(told.code, Code::ResourceExhausted);
            refused.fetch_add(1, Ordering::Relaxed);
        } else {
            assert_eq!(told.code, Code::Unavailable, "{told:?}");
        }
        assert!(began.elapsed() < PATIENCE, "never answered: {told:?}");
        tokio::time::sleep(hint.min(Duration::from_millis(200))).await;
    }
}

/// NFR-07, NFR-16: at ten times the capacity everybody is answered or refused with a hint, and whoever was let in goes through:
/// seats and money agree, and nothing is left half done.
async fn ten_times_as_many_as_there_is_room_for(world: World) {
    let showing = world.admin().schedule(Plan::general(SEATS, 9_000)).await;
    let refused = AtomicU32::new(0);
    let fans = (0..CROWD).map(|number| world.customer(&format!("fan{number}")));
    let crowd = fans.map(|fan| insists(fan, Wish::places(&showing, 1).paid_by(VISA), &refused));
    let bookings = join_all(crowd).await;

    assert!(refused.load(Ordering::Relaxed) > 0, "there was room for all of them");
    let won = bookings.iter().filter(|it| it.state() == BookingState::Confirmed).count();
    assert_eq!(won, SEATS as usize);
    world.admin().sees_seats(&showing, 0, 0, SEATS).await;
}
in_both!(ten_times_as_many_as_there_is_room_for, Settings::default().flag("max-calls", ROOM));

/// CP-12: over HTTP with Retry-After; nobody else notices.
async fn who_calls_without_end_is_slowed_down(
    world: World,
    _: std::sync::Arc<boxoffice_acceptance::Single>,
) {
    let (alice, bob) = (world.customer("alice"), world.customer("bob"));
    let mut slowed = 0;
    for _ in 0..60 {
        let request = alice.client(Context::CATALOG).http(Method::GET, "/v1/titles");
        let answer = request.send().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let again = answer.headers()["retry-after"].to_str().unwrap().parse::<u32>().unwrap();
            assert!(again >= 1);
            slowed += 1;
        }
    }
    assert!(slowed > 0, "60 calls at once");
    bob.bookings().await.unwrap();
    let refused = alice.bookings().await;
    if refused.is_err() {
        let refused = refused.refused().with(Code::ResourceExhausted, "RATE_LIMITED");
        assert!(refused.retry.is_some(), "{refused:?}");
    }
}
in_single!(
    who_calls_without_end_is_slowed_down,
    Settings::default().flag("rate-per-customer", "3")
);

/// A stream is told to go on by another connection, and goes on from where it was.
async fn a_stream_outlives_its_connection(
    world: World,
    _: std::sync::Arc<boxoffice_acceptance::Single>,
) {
    let showing = world.admin().schedule(Plan::rows(1, 4, 9_000)).await;
    let (alice, watcher) = (world.customer("alice"), world.customer("bob"));
    let mut resume_token = String::new();
    for round in 0..3 {
        let request = WatchSeatMapRequest { showing_id: showing.clone(), resume_token };
        let mut seating = watcher.client(Context::SEATING).seating();
        // What crosses a goodbye is lost, and is asked again.
        let mut map = match seating.watch_seat_map(request.clone()).await {
            Ok(answer) => answer.into_inner(),
            Err(_) => seating.watch_seat_map(request).await.unwrap().into_inner(),
        };
        resume_token = loop {
            let seat = format!("A-{}", round + 1);
            if let Ok(Some(seen)) = map.message().await {
                if seen.seats.iter().any(|it| it.seat == seat) {
                    break seen.resume_token;
                }
                continue;
            }
            panic!("round {round} has not begun");
        };
        let told = loop {
            match map.message().await {
                Ok(Some(seen)) => resume_token = seen.resume_token,
                Ok(None) => panic!("it ended without a word"),
                Err(told) => break Err::<(), _>(told).refused(),
            }
        };
        told.with(Code::Unavailable, "CONNECTION_CLOSING");
        let wish = Wish::seats(&showing, &[&format!("A-{}", round + 2)]).paid_by(VISA);
        while alice.place(wish.clone()).await.is_err() {}
    }
}
in_single!(a_stream_outlives_its_connection, Settings::default().flag("connection-age", "1s"));
