//! Seating does not answer booking: refused in milliseconds, with a hint when to come back, and nothing held.

use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::{BookingState, RejectionReason};
use boxoffice_acceptance::{
    Context, Refused as _, Settings, VISA, Wish, World, eventually, in_both,
};
use tonic::Code;

use super::musical;

/// OPS-01, S3's number: how long seating is waited for in a call.
const DEADLINE: Duration = Duration::from_millis(250);

/// What a call needs besides, on a busy machine; still far below what it would wait for without the breaker's deadline.
const BESIDES: Duration = Duration::from_millis(1_000);

/// A refusal in milliseconds.
const QUICK: Duration = Duration::from_millis(100);

/// What is refused while seating hangs, but for the first two, which open the breaker.
const TRIES: usize = 20;

/// NFR-04, NFR-06, OPS-01: the breaker on booking → seating at 250 ms.
async fn while_seating_hangs_bookings_are_refused_in_milliseconds(world: World) {
    let (showing, alice) = (musical(&world, 100).await, world.customer("alice"));
    alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    alice.sees_seats(&showing, 99, 0, 1).await;
    world.platform.hang(Context::SEATING).await.unwrap();

    let (mut took, mut last) = (Vec::new(), None);
    for _ in 0..TRIES {
        let wish = Wish::places(&showing, 2).paid_by(VISA);
        let began = Instant::now();
        let refusal = alice.place(wish.clone()).await.refused();
        took.push(began.elapsed());
        let refusal = refusal.with(Code::Unavailable, "PEER_UNAVAILABLE");
        assert!(refusal.retry.is_some_and(|it| it <= Duration::from_secs(5)), "{refusal:?}");
        last = Some(wish);
    }
    world.platform.heal(Context::SEATING).await.unwrap();
    println!("refused within {took:?}");
    assert!(took[0] >= DEADLINE, "the first was not waited for: {took:?}");
    assert!(took.iter().all(|it| *it < DEADLINE + BESIDES), "somebody waited long: {took:?}");
    let quick = took.iter().filter(|it| **it < QUICK).count();
    assert!(quick * 2 > TRIES, "the breaker does not open: {took:?}");

    // Whoever comes back in time with the same request gets it; the others are closed.
    let wish = last.unwrap();
    let taken_up = eventually("it is taken up again", || async {
        let booking = alice.place(wish.clone()).await.ok()?;
        assert_eq!(booking.state(), BookingState::Confirmed, "{booking:?}");
        Some(booking)
    })
    .await;
    let bookings = alice.bookings().await.unwrap();
    assert_eq!(bookings.len(), TRIES + 1);
    for booking in &bookings[1..TRIES] {
        assert!(booking.booking_id != taken_up.booking_id);
        let closed = alice.sees(&booking.booking_id, BookingState::Rejected).await;
        assert_eq!(closed.rejection.unwrap().reason(), RejectionReason::SeatingUnavailable);
        assert_eq!(alice.payments(&booking.booking_id).await.unwrap(), [], "nothing is charged");
    }
    alice.sees_seats(&showing, 97, 0, 3).await;
}
in_both!(
    while_seating_hangs_bookings_are_refused_in_milliseconds,
    Settings::default().lines().flag("peer-deadline", "250ms").flag("placing", "3s")
);
