//! When there are no seats, or nobody to ask for them.

use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::{BookingState, RejectionReason};
use boxoffice_acceptance::seating::v1::SeatState;
use boxoffice_acceptance::{
    Context, Plan, Refused as _, Settings, VISA, Wish, World, eventually, in_both,
};
use tonic::Code;

/// FR-11, NFR-04: rejected in its own call; a repetition is told the same; nothing is held or charged.
async fn too_few_places_reject_the_booking_in_its_own_call(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let showing = admin.schedule(Plan::general(5, 9_000)).await;
    alice.buy(Wish::places(&showing, 4).paid_by(VISA)).await;

    let wish = Wish::places(&showing, 2).paid_by(VISA);
    let rejected = bob.place(wish.clone()).await.unwrap();
    assert_eq!(rejected.state(), BookingState::Rejected);
    let rejection = rejected.rejection.clone().unwrap();
    assert_eq!(rejection.reason(), RejectionReason::SeatsUnavailable);
    assert_eq!(bob.place(wish).await.unwrap(), rejected);
    assert_eq!(bob.payments(&rejected.booking_id).await.unwrap(), []);
    alice.sees_seats(&showing, 1, 0, 4).await;
}
in_both!(too_few_places_reject_the_booking_in_its_own_call);

/// FR-14: the loser is told at once which seats somebody else has, and those they could have had stay free.
async fn taken_seats_reject_the_booking_and_are_named(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let showing = admin.schedule(Plan::rows(2, 10, 9_000)).await;
    alice.buy(Wish::seats(&showing, &["A-1", "A-2", "B-7"]).paid_by(VISA)).await;

    let wish = Wish::seats(&showing, &["A-2", "A-3", "B-7"]).paid_by(VISA);
    let rejected = bob.place(wish.clone()).await.unwrap();
    assert_eq!(rejected.state(), BookingState::Rejected);
    let rejection = rejected.rejection.clone().unwrap();
    assert_eq!(rejection.reason(), RejectionReason::SeatsUnavailable);
    assert_eq!(rejection.seats, ["A-2", "B-7"]);
    assert_eq!(bob.place(wish).await.unwrap(), rejected);
    assert_eq!(bob.payments(&rejected.booking_id).await.unwrap(), []);
    assert_eq!(bob.seat(&showing, "A-3").await, SeatState::Free);
    alice.sees_seats(&showing, 17, 0, 3).await;
}
in_both!(taken_seats_reject_the_booking_and_are_named);

/// Seating down: UNAVAILABLE with a hint when to come back, in milliseconds once the breaker is open; the same
/// `request_id` takes the booking up again.
async fn while_seating_is_down_a_booking_stays_placed_and_is_taken_up_again(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(50, 9_000)).await;
    alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    world.platform.down(Context::SEATING).await.unwrap();

    let wish = Wish::places(&showing, 2).paid_by(VISA);
    let refusal = alice.place(wish.clone()).await.refused();
    let refusal = refusal.with(Code::Unavailable, "PEER_UNAVAILABLE");
    assert!(refusal.retry.is_some(), "{refusal:?}");
    let placed = alice.bookings().await.unwrap().remove(0);
    assert_eq!(placed.state(), BookingState::Placed, "the intent is saved first");

    // Once enough calls have failed nobody is asked any more.
    let quick = eventually("refusals come in milliseconds", || async {
        let began = Instant::now();
        let refusal = alice.place(wish.clone()).await.refused();
        assert_eq!(refusal.code, Code::Unavailable);
        Some(began.elapsed()).filter(|took| *took < Duration::from_millis(250))
    });
    quick.await;

    world.platform.heal(Context::SEATING).await.unwrap();
    let booking = eventually("the same request is carried out", || async {
        alice.place(wish.clone()).await.ok()
    });
    let booking = booking.await;
    assert_eq!(booking.booking_id, placed.booking_id);
    alice.sees(&booking.booking_id, BookingState::Confirmed).await;
    alice.sees_seats(&showing, 47, 0, 3).await;
}
in_both!(while_seating_is_down_a_booking_stays_placed_and_is_taken_up_again);

/// Errors are for requests that were not carried out: who was told UNAVAILABLE may have booked something else since, and is
/// neither given seats nor charged for them unasked.
async fn what_was_refused_is_not_carried_out_later(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(50, 9_000)).await;
    world.platform.down(Context::SEATING).await.unwrap();
    let refusal = alice.place(Wish::places(&showing, 2).paid_by(VISA)).await.refused();
    assert_eq!(refusal.code, Code::Unavailable);
    world.platform.heal(Context::SEATING).await.unwrap();

    let placed = alice.bookings().await.unwrap().remove(0);
    let closed = alice.sees(&placed.booking_id, BookingState::Rejected).await;
    assert_eq!(closed.rejection.unwrap().reason(), RejectionReason::SeatingUnavailable);
    assert_eq!(alice.payments(&placed.booking_id).await.unwrap(), []);
    alice.sees_seats(&showing, 50, 0, 0).await;
}
in_both!(
    what_was_refused_is_not_carried_out_later,
    // Twice as long as it takes the sweeper to take up what nobody was answered about.
    Settings::default().flag("placing", "12s")
);

/// A placed booking that finds no seats in time is closed, and the answer to its request stays that.
async fn a_booking_that_seating_never_answers_for_is_rejected(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(50, 9_000)).await;
    world.platform.down(Context::SEATING).await.unwrap();

    let wish = Wish::places(&showing, 2).paid_by(VISA);
    assert_eq!(alice.place(wish.clone()).await.refused().code, Code::Unavailable);
    let placed = alice.bookings().await.unwrap().remove(0);
    let rejected = alice.sees(&placed.booking_id, BookingState::Rejected).await;
    let reason = rejected.rejection.unwrap().reason();
    assert_eq!(reason, RejectionReason::SeatingUnavailable);

    world.platform.heal(Context::SEATING).await.unwrap();
    let again = alice.place(wish).await.unwrap();
    assert_eq!((again.booking_id, again.state), (placed.booking_id, rejected.state));
    alice.sees_seats(&showing, 50, 0, 0).await;
}
in_both!(
    a_booking_that_seating_never_answers_for_is_rejected,
    Settings::default().flag("placing", "3s")
);
