//! Two processes on one database.

use std::time::Duration;

use boxoffice_contracts::booking::v1::BookingState;
use boxoffice_testkit::on_every_server;
use futures::future::join_all;
use tokio::join;
use uuid::Uuid;

use crate::outside::VISA;
use crate::world::{World, id, places};

on_every_server! {
    /// The same requests on both at once: a racing first insert is seen, and no confirmation is undone.
    async fn replicas_book_once_and_never_undo_each_other(world: World) {
        let replicas = [world.start().await, world.start().await];
        let customers = replicas.each_ref().map(|it| world.customer(it, "alice"));
        let showing_id = Uuid::new_v4();
        let requests: Vec<_> = (0..40).map(|_| places(showing_id, 1, VISA)).collect();
        let tries = (0..requests.len() * 4).map(|n| {
            let (customer, request) = (&customers[n % 2], requests[n / 4].clone());
            async move { customer.place(request).await.unwrap().booking_id }
        });
        let mut ids = join_all(tries).await;
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 40);
        for booking_id in &ids {
            customers[0].until(booking_id, BookingState::Confirmed).await;
            assert_eq!(world.outside.charges_of(id(booking_id)), 1);
        }
        assert_eq!(world.count("bookings").await, 40);
        let said = world.said().await;
        assert_eq!(said.len(), 40);
        assert!(said.into_values().all(|it| it == ["BookingPlaced", "BookingConfirmed"]));
    }

    /// By call on one, by event on the other: each booking is closed once, and none is confirmed after it.
    async fn settling_races_cancelling(world: World) {
        let replicas = [world.start().await, world.start().await];
        let customers = replicas.each_ref().map(|it| world.customer(it, "alice"));
        world.outside.payment.down(true);
        let placing = (0..30).map(|n| customers[n % 2].place(places(Uuid::new_v4(), 1, VISA)));
        let bookings: Vec<_> =
            join_all(placing).await.into_iter().map(Result::unwrap).collect();
        let settling = async {
            for booking in &bookings {
                world.payment_says_approved(booking).await;
            }
        };
        let cancelling = join_all(bookings.iter().enumerate().map(|(n, booking)| {
            let customer = &customers[n % 2];
            async move { customer.cancel(booking).await.unwrap() }
        }));
        join!(settling, cancelling);
        world.heard().await;
        let mut said = world.said().await;
        for booking in &bookings {
            let told = said.remove(&id(&booking.booking_id)).unwrap();
            let told: Vec<_> = told.iter().map(String::as_str).collect();
            assert!(
                matches!(
                    &*told,
                    ["BookingPlaced", "PaymentRequested", "BookingCancelled"]
                        | ["BookingPlaced", "PaymentRequested", "BookingConfirmed", "BookingCancelled"]
                ),
                "{told:?}"
            );
        }
        assert_eq!(world.count("bookings WHERE state = 'cancelled'").await, 30);
    }

    async fn both_sweepers_expire_each_booking_once(world: World) {
        let mut world = world;
        world.config.terms.hold = Duration::from_secs(1);
        let replicas = [world.start().await, world.start().await];
        let customers = replicas.each_ref().map(|it| world.customer(it, "alice"));
        let placing = (0..60).map(|n| customers[n % 2].place(places(Uuid::new_v4(), 1, "")));
        let bookings = join_all(placing).await;
        for booking in bookings {
            customers[0].until(&booking.unwrap().booking_id, BookingState::Expired).await;
        }
        let said = world.said().await;
        assert_eq!(said.len(), 60);
        assert!(said.into_values().all(|it| it == ["BookingPlaced", "BookingExpired"]));
    }
}
