//! Payment is slow, down, late or declines: seats stay held, nobody waits long, money is taken once or not at all.

use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::{BookingState, PaymentState};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::{
    Context, LATE, Person, Plan, Settings, UNAVAILABLE, VISA, Wish, World, eventually, in_both,
};
use futures::future::join_all;

/// NFR-06: the deadline of a payment in a call, and what a call needs besides on a busy machine; less than what payment takes.
const DEADLINE: Duration = Duration::from_millis(2_000 + 1_800);

/// OPS-01: once the breaker is open nobody waits for payment any more.
const FAIL_FAST: Duration = Duration::from_millis(250);

async fn timed(person: &Person, wish: Wish) -> (Duration, String) {
    let began = Instant::now();
    let booking = person.place(wish).await.unwrap();
    let took = began.elapsed();
    // Of a payment that is only slow, an event may tell before the call's deadline has passed.
    if booking.state() != BookingState::Confirmed {
        assert_eq!(booking.state(), BookingState::AwaitingPayment, "{booking:?}");
        assert_eq!(booking.payment.unwrap().state(), PaymentState::Pending);
    }
    (took, booking.booking_id)
}

/// Books until an answer comes at once; nobody has waited longer than the deadline. All the bookings.
async fn until_the_breaker_opens(person: &Person, showing: &str) -> Vec<String> {
    let mut bookings = Vec::new();
    for _ in 0..20 {
        let wish = Wish::places(showing, 1).paid_by(VISA);
        let (took, booking) = timed(person, wish).await;
        bookings.push(booking);
        assert!(took < DEADLINE, "an answer took {took:?}");
        if took < FAIL_FAST {
            return bookings;
        }
    }
    panic!("the breaker does not open");
}

async fn all_settle(person: &Person, bookings: &[String]) {
    for booking in bookings {
        person.sees(booking, BookingState::Confirmed).await;
        person.sees_payments(booking, &[Money::Approved]).await;
    }
}

/// NFR-03, NFR-06, OPS-01: down.
async fn payment_is_down(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    world.platform.down(Context::PAYMENT).await.unwrap();
    let bookings = until_the_breaker_opens(&alice, &showing).await;
    world.platform.heal(Context::PAYMENT).await.unwrap();
    all_settle(&alice, &bookings).await;
}
in_both!(payment_is_down);

/// NFR-06, OPS-01: slow.
async fn payment_is_slow(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    world.platform.slow(Context::PAYMENT, Duration::from_secs(4)).await.unwrap();
    let bookings = until_the_breaker_opens(&alice, &showing).await;
    world.platform.heal(Context::PAYMENT).await.unwrap();
    all_settle(&alice, &bookings).await;
    eventually("payment is asked again", || async {
        let booking = alice.place(Wish::places(&showing, 1).paid_by(VISA)).await.ok()?;
        (booking.state() == BookingState::Confirmed).then_some(())
    })
    .await;
}
in_both!(payment_is_slow, Settings::default().lines());

/// The provider takes the money and answers after everybody has stopped waiting: it settles by itself, charged once.
async fn the_provider_answers_after_we_gave_up(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let (took, booking) = timed(&alice, Wish::places(&showing, 2).paid_by(LATE)).await;
    assert!(took < DEADLINE, "the answer took {took:?}");
    all_settle(&alice, &[booking]).await;
}
in_both!(the_provider_answers_after_we_gave_up);

/// NFR-06: it fails a few times, then works: nobody has to do anything.
async fn a_provider_that_fails_three_times_is_asked_again(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let wish = Wish::places(&showing, 2).paid_by("pm_sim_unavailable_3");
    let (_, booking) = timed(&alice, wish).await;
    all_settle(&alice, &[booking]).await;
}
in_both!(a_provider_that_fails_three_times_is_asked_again);

/// NFR-02: it never answers: the booking expires, its seats are on sale again, nothing was taken.
async fn a_provider_that_never_answers_takes_nothing(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let wish = Wish::places(&showing, 2).paid_by(UNAVAILABLE);
    let (_, booking) = timed(&alice, wish).await;
    alice.sees(&booking, BookingState::Expired).await;
    alice.sees_seats(&showing, 100, 0, 0).await;
    world.comes_to_rest().await;
    let payments = alice.payments(&booking).await.unwrap();
    let empty = |it: Money| [Money::Cancelled, Money::Declined].contains(&it);
    assert!(payments.iter().all(|it| empty(it.state())), "{payments:?}");
}
in_both!(a_provider_that_never_answers_takes_nothing, Settings::default().flag("hold", "4s"));

/// FR-21: the money arrives after the hold is over: it is given back as soon as the provider lets us.
async fn money_that_comes_after_the_deadline_is_returned(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    // Every call to the provider takes effect four seconds after everybody has stopped waiting for it.
    let slow = [("simulator-latency", "4s")];
    world.platform.restart_with(Context::PAYMENT, &slow).await.unwrap();
    let wish = Wish::places(&showing, 2).paid_by(VISA);
    let booking = boxoffice_acceptance::eventually("it awaits payment", || async {
        alice.place(wish.clone()).await.ok()
    });
    let booking = booking.await.booking_id;
    alice.sees(&booking, BookingState::Expired).await;
    tokio::time::sleep(Duration::from_secs(3)).await;

    world.platform.restart_with(Context::PAYMENT, &[]).await.unwrap();
    alice.sees_payments(&booking, &[Money::Cancelled]).await;
    alice.sees_seats(&showing, 100, 0, 0).await;
}
in_both!(money_that_comes_after_the_deadline_is_returned, Settings::default().flag("hold", "3s"));

/// FR-20: every way a card may be declined is told in the provider's own words.
async fn a_decline_is_told_in_the_providers_words(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let cards = [
        ("pm_card_chargeDeclined", "card_declined"),
        ("pm_card_visa_chargeDeclined", "card_declined"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedLostCard", "lost_card"),
        ("pm_card_chargeDeclinedStolenCard", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error"),
        ("pm_card_nobody_knows", "invalid_payment_method"),
    ];
    let tries = cards.map(|(card, reason)| {
        let (alice, wish) = (&alice, Wish::places(&showing, 1).paid_by(card));
        async move {
            let booking = alice.place(wish).await.unwrap();
            assert_eq!(booking.state(), BookingState::Rejected);
            assert_eq!(booking.rejection.unwrap().provider_reason, reason);
        }
    });
    join_all(tries).await;
    alice.sees_seats(&showing, 100, 0, 0).await;
}
in_both!(a_decline_is_told_in_the_providers_words);
