//! When the money does not come at once, or not at all.

use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::{BookingState, PaymentState, RejectionReason};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::{
    Context, DECLINED, LATE, OTHER_CARD, Plan, Refused as _, SLOW, Settings, VISA, Wish, World,
    in_both,
};
use tonic::Code;

/// FR-20, NFR-02, D-1: declined in the placing call.
async fn a_declined_card_rejects_the_booking_with_the_providers_reason(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;

    let wish = Wish::seats(&showing, &["A-1"]).paid_by(DECLINED);
    let rejected = alice.place(wish.clone()).await.unwrap();
    assert_eq!(rejected.state(), BookingState::Rejected);
    let rejection = rejected.rejection.clone().unwrap();
    assert_eq!(rejection.reason(), RejectionReason::PaymentDeclined);
    assert_eq!(rejection.provider_reason, "card_declined");
    assert_eq!(alice.place(wish).await.unwrap(), rejected);
    alice.sees_seats(&showing, 10, 0, 0).await;
    alice.sees_payments(&rejected.booking_id, &[Money::Declined]).await;
}
in_both!(a_declined_card_rejects_the_booking_with_the_providers_reason);

/// Declined in a later `PayBooking`: the seats stay held, another method may be tried.
async fn after_a_decline_another_card_may_pay(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let held = alice.place(Wish::seats(&showing, &["A-1"])).await.unwrap();
    assert_eq!(held.state(), BookingState::AwaitingPayment);
    assert_eq!((held.payment, held.expire_time.is_some()), (None, true));

    let insufficient = "pm_card_chargeDeclinedInsufficientFunds";
    let declined = alice.pay(&held.booking_id, insufficient).await.unwrap();
    assert_eq!(declined.state(), BookingState::AwaitingPayment);
    let attempt = declined.payment.unwrap();
    assert_eq!(attempt.state(), PaymentState::Declined);
    assert_eq!(attempt.provider_reason, "insufficient_funds");
    alice.sees_seats(&showing, 9, 1, 0).await;

    let paid = alice.pay(&held.booking_id, VISA).await.unwrap();
    assert_eq!(paid.state(), BookingState::Confirmed);
    alice.sees_payments(&held.booking_id, &[Money::Declined, Money::Approved]).await;
    alice.sees_seats(&showing, 9, 0, 1).await;
}
in_both!(after_a_decline_another_card_may_pay);

/// NFR-03, NFR-06, D-1, D-2: payment down is no reason to refuse a booking; it settles by itself.
async fn while_payment_is_down_a_booking_awaits_payment_and_settles_by_itself(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    world.platform.down(Context::PAYMENT).await.unwrap();

    let began = Instant::now();
    let booking = alice.place(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(4), "the deadline of payment is 2 s");
    assert_eq!(booking.state(), BookingState::AwaitingPayment);
    assert_eq!(booking.payment.unwrap().state(), PaymentState::Pending);
    assert!(booking.expire_time.is_some());
    alice.sees_seats(&showing, 9, 1, 0).await;

    world.platform.heal(Context::PAYMENT).await.unwrap();
    alice.sees(&booking.booking_id, BookingState::Confirmed).await;
    alice.sees_payments(&booking.booking_id, &[Money::Approved]).await;
    alice.sees_seats(&showing, 9, 0, 1).await;
}
in_both!(while_payment_is_down_a_booking_awaits_payment_and_settles_by_itself);

/// Never two attempts at once, so never two charges.
async fn while_an_attempt_is_unsettled_the_answer_is_that_attempt(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let held = alice.place(Wish::seats(&showing, &["A-1"])).await.unwrap();
    world.platform.down(Context::PAYMENT).await.unwrap();

    let first = alice.pay(&held.booking_id, VISA).await.unwrap().payment.unwrap();
    assert_eq!(first.state(), PaymentState::Pending);
    let second = alice.pay(&held.booking_id, OTHER_CARD).await.unwrap().payment.unwrap();
    assert_eq!(second, first);

    world.platform.heal(Context::PAYMENT).await.unwrap();
    alice.sees(&held.booking_id, BookingState::Confirmed).await;
    let paid = alice.sees_payments(&held.booking_id, &[Money::Approved]).await;
    assert_eq!(paid[0].payment_id, first.payment_id);
}
in_both!(while_an_attempt_is_unsettled_the_answer_is_that_attempt);

/// The deadline passes: EXPIRED, the seats are on sale again, and nobody may pay any more.
async fn an_unpaid_booking_expires_and_gives_its_seats_back(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let held = alice.place(Wish::seats(&showing, &["A-1"])).await.unwrap();
    alice.sees(&held.booking_id, BookingState::Expired).await;

    let refusal = alice.pay(&held.booking_id, VISA).await.refused();
    refusal.with(Code::FailedPrecondition, "WRONG_BOOKING_STATE");
    alice.sees_seats(&showing, 10, 0, 0).await;
    bob.buy(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await;
    assert_eq!(alice.payments(&held.booking_id).await.unwrap(), []);
}
in_both!(
    an_unpaid_booking_expires_and_gives_its_seats_back,
    Settings::default().flag("hold", "2s")
);

/// An attempt begun before the deadline is waited for, though it ends after it.
async fn an_attempt_begun_in_time_is_waited_for(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let held = alice.place(Wish::seats(&showing, &["A-1"])).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2_000)).await;
    // Charged 1.2 s later, which is 0.2 s past the deadline.
    let paid = alice.pay(&held.booking_id, SLOW).await.unwrap();
    assert_eq!(paid.state(), BookingState::Confirmed, "{paid:?}");
    assert!(paid.update_time.unwrap().to_time() > paid.expire_time.unwrap().to_time());
    alice.sees_seats(&showing, 9, 0, 1).await;
}
in_both!(
    an_attempt_begun_in_time_is_waited_for,
    Settings::default().flag("hold", "3s").flag("simulator-slow", "1200ms")
);

/// Money that arrives after the booking closed is given back.
async fn money_that_arrives_after_closing_is_given_back(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    // The provider takes it at once, and says so in three seconds, which is later than anybody waits.
    let booking = alice.place(Wish::seats(&showing, &["A-1"]).paid_by(LATE)).await.unwrap();
    assert_eq!(booking.state(), BookingState::AwaitingPayment);

    let cancelled = alice.cancel(&booking.booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
    alice.sees_seats(&showing, 10, 0, 0).await;
}
in_both!(
    money_that_arrives_after_closing_is_given_back,
    Settings::default().flag("simulator-slow", "3s")
);
