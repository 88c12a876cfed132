//! The seven rules that make the purchase safe (design §2). The first is also `crashes`, the sixth also `hangup`.

use std::time::Duration;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::payment::v1::{ApprovePaymentRequest, PaymentState as Money};
use boxoffice_acceptance::seating::v1::hold_seats_response::Outcome;
use boxoffice_acceptance::seating::v1::{HoldSeatsRequest, SeatState};
use boxoffice_acceptance::{
    Context, Person, Plan, Refused as _, Settings, VISA, Wish, World, eventually, id, in_both,
    stays, won,
};
use tonic::{Code, Status};

async fn hold(service: &Person, request: HoldSeatsRequest) -> Result<Option<Outcome>, Status> {
    let answer = service.client(Context::SEATING).holds().hold_seats(request).await?;
    Ok(answer.into_inner().outcome)
}

async fn approve(service: &Person, request: ApprovePaymentRequest) -> Result<Money, Status> {
    let answer = service.client(Context::PAYMENT).approvals().approve_payment(request).await?;
    Ok(answer.into_inner().payment.unwrap().state())
}

/// Rule 1: the row exists before the first call to anybody.
async fn a_booking_exists_before_anybody_is_called(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    world.platform.down(Context::SEATING).await.unwrap();
    let wish = Wish::seats(&showing, &["A-1"]).paid_by(VISA);
    alice.place(wish.clone()).await.refused().retry.unwrap();
    let placed = alice.bookings().await.unwrap().remove(0);
    assert_eq!((placed.state(), placed.payment), (BookingState::Placed, None));

    world.platform.heal(Context::SEATING).await.unwrap();
    eventually("it is taken up", || async { alice.place(wish.clone()).await.ok() }).await;
    alice.sees(&placed.booking_id, BookingState::Confirmed).await;
}
in_both!(a_booking_exists_before_anybody_is_called);

/// Rule 2: a held seat stays held past its deadline until booking says that the hold is over.
async fn only_booking_says_that_a_hold_is_over(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let held = alice.place(Wish::seats(&showing, &["A-1"])).await.unwrap();
    world.platform.down(Context::BOOKING).await.unwrap();

    stays("the seat is held", Duration::from_secs(5), || async {
        alice.seat(&showing, "A-1").await == SeatState::Held
    })
    .await;
    world.platform.heal(Context::BOOKING).await.unwrap();
    alice.sees(&held.booking_id, BookingState::Expired).await;
    alice.sees_seats(&showing, 10, 0, 0).await;
}
in_both!(only_booking_says_that_a_hold_is_over, Settings::default().flag("hold", "2s"));

/// Rule 3: a hold or an approval that comes again finds its own effect and answers as the first time.
async fn every_step_may_be_repeated(world: World) {
    let (admin, alice, service) = (world.admin(), world.customer("alice"), world.service());
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let booking = alice.buy(Wish::seats(&showing, &["A-1", "A-2"]).paid_by(VISA)).await;
    alice.sees_seats(&showing, 8, 0, 2).await;

    let request = HoldSeatsRequest {
        booking_id: booking.booking_id.clone(),
        showing_id: showing.clone(),
        seats: vec!["A-1".to_owned(), "A-2".to_owned()],
        quantity: 0,
    };
    for _ in 0..3 {
        let Some(Outcome::Held(held)) = hold(&service, request.clone()).await.unwrap() else {
            panic!("not held any more");
        };
        assert_eq!(held.amount, Some(won(18_000)));
    }
    let other = HoldSeatsRequest { seats: vec!["A-3".to_owned()], ..request };
    hold(&service, other).await.refused().with(Code::InvalidArgument, "BOOKING_ID_REUSED");

    let request = ApprovePaymentRequest {
        payment_id: booking.payment.unwrap().payment_id,
        booking_id: booking.booking_id.clone(),
        customer_id: alice.sub.clone(),
        amount: Some(won(18_000)),
        payment_method: VISA.to_owned(),
        expire_time: booking.expire_time,
    };
    for _ in 0..3 {
        assert_eq!(approve(&service, request.clone()).await.unwrap(), Money::Approved);
    }
    alice.sees_payments(&booking.booking_id, &[Money::Approved]).await;
    alice.sees_seats(&showing, 8, 0, 2).await;
}
in_both!(every_step_may_be_repeated);

/// Rule 4: the release arrives before the hold, and the refund before the approval: both are refused, nothing is kept.
async fn what_arrives_after_the_closing_is_refused(world: World) {
    let (admin, alice, service) = (world.admin(), world.customer("alice"), world.service());
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    world.platform.down(Context::SEATING).await.unwrap();
    alice.place(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await.refused().retry.unwrap();
    let placed = alice.bookings().await.unwrap().remove(0);
    let cancelled = alice.cancel(&placed.booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    world.platform.heal(Context::SEATING).await.unwrap();
    world.comes_to_rest().await;

    let late = HoldSeatsRequest {
        booking_id: placed.booking_id.clone(),
        showing_id: showing.clone(),
        seats: vec!["A-1".to_owned()],
        quantity: 0,
    };
    hold(&service, late).await.refused().with(Code::FailedPrecondition, "BOOKING_CLOSED");
    let late = ApprovePaymentRequest {
        payment_id: id(),
        booking_id: placed.booking_id.clone(),
        customer_id: alice.sub.clone(),
        amount: Some(won(9_000)),
        payment_method: VISA.to_owned(),
        expire_time: Some(boxoffice_acceptance::in_future(Duration::from_secs(60))),
    };
    let refusal = approve(&service, late).await.refused();
    refusal.with(Code::FailedPrecondition, "BOOKING_CLOSED");
    alice.sees_seats(&showing, 10, 0, 0).await;
    assert_eq!(alice.payments(&placed.booking_id).await.unwrap(), []);
}
in_both!(what_arrives_after_the_closing_is_refused);

/// Rule 5: payment goes on refunding by itself until the provider confirms.
async fn payment_refunds_until_the_provider_confirms(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let booking = alice.buy(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await;
    let provider_down = [("simulator-down", "")];
    world.platform.restart_with(Context::PAYMENT, &provider_down).await.unwrap();

    let cancelled =
        eventually("it is cancelled", || async { alice.cancel(&booking.booking_id).await.ok() });
    assert_eq!(cancelled.await.state(), BookingState::Cancelled);
    alice.sees_payments(&booking.booking_id, &[Money::Refunding]).await;
    stays("the money is not back", Duration::from_secs(2), || async {
        alice.payments(&booking.booking_id).await.unwrap()[0].state() == Money::Refunding
    })
    .await;
    world.platform.restart_with(Context::PAYMENT, &[]).await.unwrap();
    alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
}
in_both!(payment_refunds_until_the_provider_confirms);

/// Rule 6: a booking whose process died is taken up by the sweeper, and never charged after its deadline.
async fn the_sweeper_takes_up_what_nobody_waits_for(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    world.platform.abort_at(Context::BOOKING, "after:hold").await.unwrap();
    alice.place(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await.unwrap_err();
    world.platform.ended(Context::BOOKING).await.unwrap();
    world.platform.start(Context::BOOKING).await.unwrap();
    let placed = alice.bookings().await.unwrap().remove(0);
    // Nobody repeats the request.
    alice.sees(&placed.booking_id, BookingState::Confirmed).await;

    world.platform.down(Context::PAYMENT).await.unwrap();
    let late = alice.place(Wish::seats(&showing, &["A-2"]).paid_by(VISA)).await.unwrap();
    alice.sees(&late.booking_id, BookingState::Expired).await;
    world.platform.heal(Context::PAYMENT).await.unwrap();
    world.comes_to_rest().await;
    let payments = alice.payments(&late.booking_id).await.unwrap();
    let nothing = |it: Money| [Money::Declined, Money::Cancelled].contains(&it);
    assert!(payments.iter().all(|it| nothing(it.state())), "{payments:?}");
    alice.sees_seats(&showing, 9, 0, 1).await;
}
in_both!(the_sweeper_takes_up_what_nobody_waits_for, Settings::default().flag("hold", "5s"));

/// Rule 7, D-7, NFR-02: whoever sees a confirmed booking finds its money taken and its seats theirs.
async fn confirmed_is_said_last(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    world.platform.down(Context::PAYMENT).await.unwrap();
    let booking = alice.place(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await.unwrap();
    let mut watch = alice.watch(&booking.booking_id, "").await.unwrap();
    let first = watch.message().await.unwrap().unwrap().booking.unwrap();
    assert_eq!(first.state(), BookingState::AwaitingPayment);

    world.platform.heal(Context::PAYMENT).await.unwrap();
    if world.is_single() {
        assert_ne!(alice.seat(&showing, "A-1").await, SeatState::Free);
    }
    loop {
        let seen = watch.message().await.unwrap().unwrap().booking.unwrap();
        if seen.state() == BookingState::Confirmed {
            break;
        }
        assert_eq!(seen.state(), BookingState::AwaitingPayment);
    }
    let payments = alice.payments(&booking.booking_id).await.unwrap();
    assert_eq!(payments.iter().map(|it| it.state()).collect::<Vec<_>>(), [Money::Approved]);
    assert_ne!(alice.seat(&showing, "A-1").await, SeatState::Free);
    let said = world.platform.said(Context::BOOKING).await.unwrap();
    let about = said.iter().filter(|it| it.about == booking.booking_id);
    let names: Vec<_> = about.map(|it| &*it.name).collect();
    assert_eq!(names, ["BookingPlaced", "PaymentRequested", "BookingConfirmed"]);
}
in_both!(confirmed_is_said_last);
