//! Pick seats, then pay; and payment settles what the call could not wait for.

use std::time::Duration;

use boxoffice_contracts::booking::v1::{BookingState, PaymentState};
use boxoffice_contracts::payment::v1 as payment;
use boxoffice_kernel::Context;
use boxoffice_testkit::on_every_store;
use futures::future::join_all;
use tonic::Code;
use uuid::Uuid;

use crate::outside::{DECLINED, VISA};
use crate::world::{World, eventually, id, places, refusal};

on_every_store! {
    /// FR-13, FR-20.
    async fn seats_are_picked_then_paid(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let picked = alice.place(places(Uuid::new_v4(), 2, "")).await.unwrap();
        assert_eq!((picked.state(), picked.payment.clone()), (BookingState::AwaitingPayment, None));
        assert!(picked.expire_time.is_some());

        let declined = alice.pay(&picked, Uuid::new_v4(), DECLINED).await.unwrap();
        assert_eq!(declined.state(), BookingState::AwaitingPayment, "another card may be tried");
        assert_eq!(declined.payment.unwrap().state(), PaymentState::Declined);

        let request_id = Uuid::new_v4();
        let paid = alice.pay(&picked, request_id, VISA).await.unwrap();
        assert_eq!(paid.state(), BookingState::Confirmed);
        assert_eq!(alice.pay(&picked, request_id, VISA).await.unwrap(), paid, "asking again");
        assert_eq!(world.outside.charges_of(id(&paid.booking_id)), 1);
        let refused = refusal(alice.pay(&picked, Uuid::new_v4(), VISA).await);
        assert_eq!(refused, (Code::FailedPrecondition, "WRONG_BOOKING_STATE".to_owned()));
        let stranger = world.customer(&process, "Alice");
        let refused = refusal(stranger.pay(&picked, Uuid::new_v4(), VISA).await);
        assert_eq!(refused, (Code::NotFound, "BOOKING_NOT_FOUND".to_owned()));
    }

    /// FR-21, NFR-03, NFR-06: the seats stay held, and payment says later what became of it; twice, and once more.
    async fn payment_settles_what_the_call_could_not(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        world.outside.payment.down(true);
        let booking = alice.place(places(Uuid::new_v4(), 2, VISA)).await.unwrap();
        assert_eq!(booking.state(), BookingState::AwaitingPayment);
        assert_eq!(booking.payment.as_ref().unwrap().state(), PaymentState::Pending);

        world.payment_says_approved(&booking).await;
        world.heard().await;
        let confirmed = alice.get(&booking.booking_id).await.unwrap();
        assert_eq!(confirmed.state(), BookingState::Confirmed);
        assert_eq!(world.count("inbox").await, 1, "one event, one row");
        world.payment_says_approved(&booking).await;
        world.heard().await;
        assert_eq!(alice.get(&booking.booking_id).await.unwrap(), confirmed);
        let said = world.said_of(&booking).await;
        assert_eq!(said, ["BookingPlaced", "PaymentRequested", "BookingConfirmed"]);
    }

    async fn declined_later_leaves_time_for_another_card(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        world.outside.payment.down(true);
        let booking = alice.place(places(Uuid::new_v4(), 2, VISA)).await.unwrap();
        world.payment_says_declined(&booking).await;
        world.heard().await;
        let declined = alice.get(&booking.booking_id).await.unwrap();
        assert_eq!(declined.state(), BookingState::AwaitingPayment);
        assert_eq!(declined.payment.unwrap().provider_reason, "card_declined");

        world.outside.payment.down(false);
        let paid = alice.pay(&booking, Uuid::new_v4(), VISA).await.unwrap();
        assert_eq!(paid.state(), BookingState::Confirmed);
    }

    /// Never two attempts at once, so never two charges.
    async fn while_one_attempt_is_open_there_is_no_other(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        world.outside.payment.down(true);
        let booking = alice.place(places(Uuid::new_v4(), 2, VISA)).await.unwrap();
        let first = booking.payment.clone().unwrap().payment_id;
        world.outside.payment.down(false);
        let answers = join_all((0..8).map(|_| alice.pay(&booking, Uuid::new_v4(), VISA))).await;
        for answer in answers {
            let attempt = answer.unwrap().payment.unwrap();
            assert_eq!((attempt.payment_id, attempt.state), (first.clone(), PaymentState::Pending.into()));
        }
        assert_eq!(world.outside.charges_of(id(&booking.booking_id)), 0);
    }

    /// Rule 5: payment gives it back; for booking nothing is to be done.
    async fn money_for_a_closed_booking_is_nothing_to_do(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        world.outside.payment.down(true);
        let booking = alice.place(places(Uuid::new_v4(), 2, VISA)).await.unwrap();
        let cancelled = alice.cancel(&booking).await.unwrap();
        world.payment_says_approved(&booking).await;
        world.payment_says_declined(&booking).await;
        world.heard().await;
        assert_eq!(alice.get(&booking.booking_id).await.unwrap(), cancelled);
        assert_eq!(world.count("inbox").await, 2);
        let said = world.said_of(&booking).await;
        assert_eq!(said, ["BookingPlaced", "PaymentRequested", "BookingCancelled"]);
    }

    async fn what_cannot_be_understood_is_put_aside_and_the_rest_goes_on(world: World) {
        let mut world = world;
        world.config.terms.hold = Duration::from_secs(60);
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let nonsense = payment::PaymentApproved { booking_id: "x".to_owned(), ..Default::default() };
        world.says(Context::PAYMENT, Uuid::new_v4(), 1, &nonsense).await;
        world.outside.payment.down(true);
        let booking = alice.place(places(Uuid::new_v4(), 2, VISA)).await.unwrap();
        world.payment_says_approved(&booking).await;
        alice.until(&booking.booking_id, BookingState::Confirmed).await;
        eventually("it is put aside", async || {
            world.count("dead_letters WHERE reason = 'MALFORMED_FIELD'").await == 1
        })
        .await;
    }
}
