//! Cancelling: before the start always, after it never.

use std::time::Duration;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::seating::v1::SeatState;
use boxoffice_acceptance::{Context, Plan, Refused as _, VISA, Wish, World, in_both, won};
use tonic::Code;

/// FR-21, FR-40, FR-42, FR-43, NFR-05: seats and money come back, and a second time it answers the same.
async fn cancelling_gives_seats_and_money_back(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let booking = alice.buy(Wish::seats(&showing, &["A-1", "A-2"]).paid_by(VISA)).await;
    alice.sees_seats(&showing, 8, 0, 2).await;

    let cancelled = alice.cancel(&booking.booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    alice.sees_seats(&showing, 10, 0, 0).await;
    let refunded = alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
    assert_eq!(refunded[0].amount, Some(won(18_000)));
    let again = alice.cancel(&booking.booking_id).await.unwrap();
    assert_eq!(again.state(), BookingState::Cancelled);
    assert_eq!(again.version, cancelled.version);
}
in_both!(cancelling_gives_seats_and_money_back);

/// Also from `AWAITING_PAYMENT`, where there is no money to give back.
async fn an_unpaid_booking_is_cancelled(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let held = alice.place(Wish::seats(&showing, &["A-1"])).await.unwrap();
    alice.sees_seats(&showing, 9, 1, 0).await;

    let cancelled = alice.cancel(&held.booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    alice.sees_seats(&showing, 10, 0, 0).await;
    let refusal = alice.pay(&held.booking_id, VISA).await.refused();
    refusal.with(Code::FailedPrecondition, "WRONG_BOOKING_STATE");
}
in_both!(an_unpaid_booking_is_cancelled);

/// FR-44: cancelling does not wait for payment; the refund follows.
async fn cancelling_works_while_payment_is_down(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let booking = alice.buy(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await;
    world.platform.down(Context::PAYMENT).await.unwrap();

    let cancelled = alice.cancel(&booking.booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    alice.sees_seats(&showing, 10, 0, 0).await;
    world.platform.heal(Context::PAYMENT).await.unwrap();
    alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
}
in_both!(cancelling_works_while_payment_is_down);

/// FR-41: once the showing has started it is too late, and nothing changes.
async fn after_the_start_nothing_is_cancelled(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let plan = Plan::rows(1, 10, 9_000).starts_in(Duration::from_secs(3));
    let showing = admin.schedule(plan).await;
    let booking = alice.buy(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await;
    tokio::time::sleep(Duration::from_millis(3_200)).await;

    let refusal = alice.cancel(&booking.booking_id).await.refused();
    refusal.with(Code::FailedPrecondition, "TOO_LATE_TO_CANCEL");
    assert_eq!(alice.get(&booking.booking_id).await.unwrap().state(), BookingState::Confirmed);
    assert_eq!(alice.seat(&showing, "A-1").await, SeatState::Sold);
    alice.sees_payments(&booking.booking_id, &[Money::Approved]).await;
}
in_both!(after_the_start_nothing_is_cancelled);
