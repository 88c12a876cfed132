//! What nobody asks for and time brings: a hold that runs out, and a process that died in the middle (rule 6).

use std::time::Duration;

use boxoffice_contracts::booking::v1::{BookingState, PlaceBookingRequest};
use boxoffice_testkit::on_every_store;
use uuid::Uuid;

use crate::outside::VISA;
use crate::world::{Customer, Process, World, eventually, film, id, places};

/// The one booking of a customer who does not wait for the answer.
async fn left_alone(
    customer: &Customer,
    request: PlaceBookingRequest,
    in_state: BookingState,
) -> String {
    let asking = customer.clone();
    tokio::spawn(async move { asking.place(request).await });
    let mut booking_id = String::new();
    eventually("it is under way", async || {
        let Ok(page) = customer.list(1, "").await else { return false };
        let Some(booking) = page.bookings.first() else { return false };
        booking_id = booking.booking_id.clone();
        booking.state() == in_state
    })
    .await;
    booking_id
}

/// Another process, after the first one died.
async fn after_a_crash(world: &World, process: Process) -> Process {
    process.crash();
    world.outside.seating.mute(false);
    world.outside.payment.mute(false);
    world.outside.streaming.mute(false);
    world.start().await
}

on_every_store! {
    /// FR-24: only booking says that a hold is over, and says so once.
    async fn a_hold_that_runs_out_expires(world: World) {
        let mut world = world;
        world.config.terms.hold = Duration::from_millis(1_500);
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let picked = alice.place(places(Uuid::new_v4(), 2, "")).await.unwrap();
        world.outside.payment.down(true);
        let unpaid = alice.place(places(Uuid::new_v4(), 2, VISA)).await.unwrap();
        for booking in [&picked, &unpaid] {
            alice.until(&booking.booking_id, BookingState::Expired).await;
        }
        assert_eq!(world.said_of(&picked).await, ["BookingPlaced", "BookingExpired"]);
        let said = world.said_of(&unpaid).await;
        assert_eq!(said, ["BookingPlaced", "PaymentRequested", "BookingExpired"]);
        // Money that arrives now is payment's.
        world.payment_says_approved(&unpaid).await;
        world.heard().await;
        alice.until(&unpaid.booking_id, BookingState::Expired).await;
    }

    /// Seating held the seats, and nobody heard it say so.
    async fn a_booking_whose_process_died_while_holding_is_gone_on_with(world: World) {
        let mut world = world;
        world.config.terms.step = Duration::from_millis(500);
        world.config.peer_deadline = Duration::from_secs(25);
        let process = world.start().await;
        world.outside.seating.mute(true);
        let alice = world.customer(&process, "alice");
        let request = places(Uuid::new_v4(), 2, VISA);
        let booking_id = left_alone(&alice, request.clone(), BookingState::Placed).await;
        eventually("held", async || world.outside.holds_of(id(&booking_id)) > 0).await;

        let process = after_a_crash(&world, process).await;
        let alice = world.customer(&process, "alice");
        let booking = alice.until(&booking_id, BookingState::Confirmed).await;
        assert_eq!(world.outside.charges_of(id(&booking_id)), 1);
        assert_eq!(alice.place(request).await.unwrap(), booking, "asking again");
        assert_eq!(world.said_of(&booking).await, ["BookingPlaced", "BookingConfirmed"]);
    }

    /// The money was taken, and nobody heard payment say so: the same attempt is asked about again.
    async fn a_booking_whose_process_died_while_paying_is_charged_once(world: World) {
        let mut world = world;
        world.config.terms.step = Duration::from_millis(500);
        world.config.terms.payment = Duration::from_secs(1);
        let process = world.start().await;
        world.outside.payment.mute(true);
        let alice = world.customer(&process, "alice");
        let request = places(Uuid::new_v4(), 2, VISA);
        let booking_id = left_alone(&alice, request, BookingState::AwaitingPayment).await;

        let process = after_a_crash(&world, process).await;
        let alice = world.customer(&process, "alice");
        let booking = alice.get(&booking_id).await.unwrap();
        eventually("it is settled, or payment is to settle it", async || {
            let state = alice.get(&booking_id).await.unwrap().state();
            state == BookingState::Confirmed
                || world.said_of(&booking).await.contains(&"PaymentRequested".to_owned())
        })
        .await;
        world.payment_says_approved(&booking).await;
        alice.until(&booking_id, BookingState::Confirmed).await;
        assert!(world.outside.charges_of(id(&booking_id)) <= 1);
    }

    /// A CANCELLING booking goes on to its end, too.
    async fn a_film_whose_process_died_while_cancelling_is_cancelled(world: World) {
        let mut world = world;
        world.config.terms.step = Duration::from_millis(500);
        world.config.peer_deadline = Duration::from_secs(25);
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let booking = alice.place(film(VISA)).await.unwrap();
        world.outside.streaming.mute(true);
        let (asking, its) = (alice.clone(), booking.clone());
        tokio::spawn(async move { asking.cancel(&its).await });
        alice.until(&booking.booking_id, BookingState::Cancelling).await;

        let process = after_a_crash(&world, process).await;
        let alice = world.customer(&process, "alice");
        alice.until(&booking.booking_id, BookingState::Cancelled).await;
        let said = world.said_of(&booking).await;
        assert_eq!(said, ["BookingPlaced", "BookingConfirmed", "BookingCancelled"]);
    }
}
