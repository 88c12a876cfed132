//! A booking is given back, and a title to watch only if its licence is.

use std::sync::atomic::Ordering;
use std::time::Duration;

use boxoffice_contracts::booking::v1::BookingState;
use boxoffice_contracts::streaming::v1 as streaming;
use boxoffice_kernel::Context;
use boxoffice_runtime::Role;
use boxoffice_testkit::on_every_store;
use tonic::Code;
use uuid::Uuid;

use crate::outside::VISA;
use crate::world::{Customer, World, film, id, places, refusal};

fn too_late() -> (Code, String) {
    (Code::FailedPrecondition, "TOO_LATE_TO_CANCEL".to_owned())
}

on_every_store! {
    /// FR-40, FR-44: payment may be down.
    async fn cancelled_once_however_often_it_is_asked(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let booking = alice.place(places(Uuid::new_v4(), 2, VISA)).await.unwrap();
        world.outside.payment.down(true);
        world.outside.seating.down(true);

        let missing = (Code::NotFound, "BOOKING_NOT_FOUND".to_owned());
        assert_eq!(refusal(world.customer(&process, "Alice").cancel(&booking).await), missing);
        let cancelled = alice.cancel(&booking).await.unwrap();
        assert_eq!(cancelled.state(), BookingState::Cancelled);
        assert_eq!(alice.cancel(&booking).await.unwrap(), cancelled);
        let said = world.said_of(&booking).await;
        assert_eq!(said, ["BookingPlaced", "BookingConfirmed", "BookingCancelled"]);

        let other = world.customer(&process, "bob");
        world.outside.seating.down(false);
        let theirs = other.place(places(Uuid::new_v4(), 2, "")).await.unwrap();
        let care = world.caller(&process, "carol", Role::Care);
        let asked = boxoffice_contracts::booking::v1::CancelBookingRequest {
            booking_id: theirs.booking_id.clone(),
        };
        care.booking().cancel_booking(asked).await.unwrap();
        other.until(&theirs.booking_id, BookingState::Cancelled).await;
    }

    /// FR-41.
    async fn too_late_once_the_showing_has_started(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        *world.outside.starts_in.lock().unwrap() = Duration::ZERO;
        let booking = alice.place(places(Uuid::new_v4(), 2, VISA)).await.unwrap();
        assert_eq!(refusal(alice.cancel(&booking).await), too_late());
        assert_eq!(alice.get(&booking.booking_id).await.unwrap(), booking);
    }

    /// FR-41: an unwatched licence is taken back first, and streaming may be down for it.
    async fn a_film_is_cancelled_when_its_licence_is_revoked(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let booking = alice.place(film(VISA)).await.unwrap();
        world.outside.streaming.down(true);
        let refused = refusal(alice.cancel(&booking).await);
        assert_eq!(refused, (Code::Unavailable, "PEER_UNAVAILABLE".to_owned()));
        assert_eq!(alice.get(&booking.booking_id).await.unwrap().state(), BookingState::Confirmed);

        world.outside.streaming.down(false);
        let cancelled = alice.cancel(&booking).await.unwrap();
        assert_eq!(cancelled.state(), BookingState::Cancelled);
        assert!(world.outside.is_revoked(id(&booking.booking_id)));
        let said = world.said_of(&booking).await;
        assert_eq!(said, ["BookingPlaced", "BookingConfirmed", "BookingCancelled"]);
    }

    async fn a_watched_film_is_not_cancelled(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let heard_of = alice.place(film(VISA)).await.unwrap();
        let watched = streaming::TitleWatched {
            booking_id: heard_of.booking_id.clone(),
            ..Default::default()
        };
        world.says(Context::STREAMING, id(&heard_of.booking_id), 2, &watched).await;
        world.heard().await;
        assert_eq!(refusal(alice.cancel(&heard_of).await), too_late());

        let asked = alice.place(film(VISA)).await.unwrap();
        world.outside.watched.store(true, Ordering::SeqCst);
        assert_eq!(refusal(alice.cancel(&asked).await), too_late());
        for booking in [heard_of, asked] {
            stands(&alice, &booking.booking_id).await;
            assert!(!world.outside.is_revoked(id(&booking.booking_id)));
        }
    }

    /// The answer to the call was lost; the event is not.
    async fn a_revocation_heard_of_later_cancels(world: World) {
        let mut world = world;
        world.config.peer_deadline = Duration::from_millis(500);
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let booking = alice.place(film(VISA)).await.unwrap();
        world.outside.streaming.mute(true);
        let refused = refusal(alice.cancel(&booking).await);
        assert_eq!(refused, (Code::Unavailable, "PEER_UNAVAILABLE".to_owned()));
        stands(&alice, &booking.booking_id).await;

        let revoked = streaming::LicenseRevoked {
            booking_id: booking.booking_id.clone(),
            ..Default::default()
        };
        world.says(Context::STREAMING, id(&booking.booking_id), 2, &revoked).await;
        world.heard().await;
        alice.until(&booking.booking_id, BookingState::Cancelled).await;
        let said = world.said_of(&booking).await;
        assert_eq!(said, ["BookingPlaced", "BookingConfirmed", "BookingCancelled"]);
    }
}

async fn stands(customer: &Customer, booking_id: &str) {
    assert_eq!(customer.get(booking_id).await.unwrap().state(), BookingState::Confirmed);
}
