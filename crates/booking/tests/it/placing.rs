//! One call from chosen seats to a confirmed booking, and what it is answered when it does not come to that.

use std::sync::atomic::Ordering;
use std::time::Duration;

use boxoffice_contracts::booking::v1::{BookingState, PaymentState, RejectionReason};
use boxoffice_testkit::on_every_store;
use futures::future::join_all;
use tonic::Code;
use uuid::Uuid;

use crate::outside::{DECLINED, PRICE, VISA};
use crate::world::{World, eventually, film, id, places, refusal, seats};

on_every_store! {
    /// FR-10, FR-20, FR-23: held, paid, confirmed; and the same request is answered as the first time.
    async fn bought_in_one_call(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let request = seats(Uuid::new_v4(), &["A-1", "A-2"], VISA);

        let booking = alice.place(request.clone()).await.unwrap();

        assert_eq!(booking.state(), BookingState::Confirmed);
        assert_eq!(booking.amount.as_ref().unwrap().units, 2 * PRICE);
        let names: Vec<_> = booking.seats.iter().map(|it| it.seat.as_str()).collect();
        assert_eq!(names, ["A-1", "A-2"]);
        assert_eq!(booking.payment.as_ref().unwrap().state(), PaymentState::Approved);
        assert_eq!(alice.place(request).await.unwrap(), booking, "asking again");
        assert_eq!(alice.get(&booking.booking_id).await.unwrap(), booking);
        let booking_id = id(&booking.booking_id);
        assert_eq!((world.outside.holds_of(booking_id), world.outside.charges_of(booking_id)), (1, 1));
        assert_eq!(world.said_of(&booking).await, ["BookingPlaced", "BookingConfirmed"]);
    }

    async fn a_film_at_home_is_bought_in_one_call(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let booking = alice.place(film(VISA)).await.unwrap();
        assert_eq!(booking.state(), BookingState::Confirmed);
        assert_eq!((booking.amount.unwrap().units, booking.start_time), (PRICE, None));
        assert_eq!(world.outside.holds_of(id(&booking.booking_id)), 0);
    }

    /// FR-14, NFR-04.
    async fn taken_seats_reject_and_are_named(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        world.outside.taken.lock().unwrap().insert("A-2".to_owned());
        let request = seats(Uuid::new_v4(), &["A-1", "A-2"], VISA);

        let booking = alice.place(request.clone()).await.unwrap();

        assert_eq!(booking.state(), BookingState::Rejected);
        let rejection = booking.rejection.clone().unwrap();
        assert_eq!(rejection.reason(), RejectionReason::SeatsUnavailable);
        assert_eq!(rejection.seats, ["A-2"]);
        assert_eq!(alice.place(request).await.unwrap(), booking, "asking again");
        assert_eq!(world.outside.charges_of(id(&booking.booking_id)), 0);
        assert_eq!(world.said_of(&booking).await, ["BookingPlaced", "BookingRejected"]);
    }

    async fn declined_in_the_call_rejects(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let booking = alice.place(places(Uuid::new_v4(), 2, DECLINED)).await.unwrap();
        assert_eq!(booking.state(), BookingState::Rejected);
        let rejection = booking.rejection.clone().unwrap();
        assert_eq!(rejection.reason(), RejectionReason::PaymentDeclined);
        assert_eq!(rejection.provider_reason, "card_declined");
        assert_eq!(world.said_of(&booking).await, ["BookingPlaced", "BookingRejected"]);
    }

    async fn what_is_not_for_sale_is_refused(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        world.outside.no_showing.store(true, Ordering::SeqCst);
        let request = places(Uuid::new_v4(), 2, VISA);
        for _ in 0..2 {
            let refused = refusal(alice.place(request.clone()).await);
            assert_eq!(refused, (Code::NotFound, "SHOWING_NOT_FOUND".to_owned()));
        }
        let bookings = alice.list(10, "").await.unwrap().bookings;
        assert_eq!(bookings.len(), 1);
        assert_eq!(bookings[0].state(), BookingState::Rejected);
    }

    /// FR-11, D-7.
    async fn racing_repeats_book_once(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        for _ in 0..5 {
            let request = places(Uuid::new_v4(), 3, VISA);
            let answers = join_all((0..16).map(|_| alice.place(request.clone()))).await;
            let booking = answers[0].as_ref().unwrap();
            for answer in &answers {
                assert_eq!(answer.as_ref().unwrap().booking_id, booking.booking_id);
            }
            let booking = alice.until(&booking.booking_id, BookingState::Confirmed).await;
            assert_eq!(world.outside.charges_of(id(&booking.booking_id)), 1);
            assert_eq!(world.said_of(&booking).await, ["BookingPlaced", "BookingConfirmed"]);
        }
        assert_eq!(world.count("bookings").await, 5);
    }

    async fn a_request_id_is_for_one_request_of_one_customer(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let request = places(Uuid::new_v4(), 3, VISA);
        let booking = alice.place(request.clone()).await.unwrap();
        let mut other = places(Uuid::new_v4(), 3, VISA);
        other.request_id = request.request_id.clone();
        let reused = (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned());
        assert_eq!(refusal(alice.place(other).await), reused);
        // A name that differs in case only is somebody else's, on every store.
        for sub in ["bob", "Alice", "ALICE"] {
            let theirs = world.customer(&process, sub).place(request.clone()).await.unwrap();
            assert!(theirs.booking_id != booking.booking_id);
        }
    }

    /// Design §2: UNAVAILABLE, and the same request takes it up again.
    async fn without_an_answer_the_same_request_takes_it_up_again(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let request = places(Uuid::new_v4(), 2, VISA);
        world.outside.seating.down(true);
        for _ in 0..2 {
            let refused = refusal(alice.place(request.clone()).await);
            assert_eq!(refused, (Code::Unavailable, "PEER_UNAVAILABLE".to_owned()));
        }
        let placed = alice.list(10, "").await.unwrap().bookings.remove(0);
        assert_eq!(placed.state(), BookingState::Placed);

        world.outside.seating.down(false);
        eventually("taken up", async || alice.place(request.clone()).await.is_ok()).await;
        let booking = alice.get(&placed.booking_id).await.unwrap();
        assert_eq!(booking.state(), BookingState::Confirmed);
        assert_eq!(world.said_of(&booking).await, ["BookingPlaced", "BookingConfirmed"]);
    }

    /// Errors are for requests that were not carried out: nor are they carried out later, unasked.
    async fn what_was_refused_is_neither_held_nor_charged_later(world: World) {
        let mut world = world;
        // The sweeper would have taken it up before it is over; but not while the call is still under way.
        world.config.terms.step = Duration::from_secs(2);
        world.config.terms.placing = Duration::from_secs(5);
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        for (request, peer) in [
            (places(Uuid::new_v4(), 2, VISA), &world.outside.seating),
            (film(VISA), &world.outside.catalog),
        ] {
            peer.down(true);
            let refused = refusal(alice.place(request.clone()).await);
            assert_eq!(refused, (Code::Unavailable, "PEER_UNAVAILABLE".to_owned()));
            peer.down(false);
            let placed = alice.list(1, "").await.unwrap().bookings.remove(0);
            let closed = alice.until(&placed.booking_id, BookingState::Rejected).await;
            let reason = closed.rejection.clone().unwrap().reason();
            assert_eq!(reason, RejectionReason::SeatingUnavailable);
            let booking_id = id(&closed.booking_id);
            let asked = (world.outside.holds_of(booking_id), world.outside.charges_of(booking_id));
            assert_eq!(asked, (0, 0));
            assert_eq!(world.said_of(&closed).await, ["BookingPlaced", "BookingRejected"]);
            let again = alice.place(request).await.unwrap();
            assert_eq!(again, closed, "the answer to this request stays that");
        }
    }
}
