//! A showing is moved or cancelled, and its bookings follow: each once, however many there are and whoever dies.

use std::time::Duration;

use boxoffice_contracts::booking::v1::{Booking, BookingState};
use boxoffice_contracts::convert;
use boxoffice_contracts::seating::v1 as seating;
use boxoffice_kernel::{Clock, Context, Time};
use boxoffice_testkit::on_every_store;
use futures::{StreamExt as _, stream};
use uuid::Uuid;

use crate::outside::VISA;
use crate::world::{Process, World, eventually, id, places};

/// More than one page of a job.
const MANY: usize = 230;

/// Bookings of one showing, every tenth of them paid.
async fn sold(world: &World, process: &Process, showing_id: Uuid, count: usize) -> Vec<Booking> {
    let placing = (0..count).map(|n| {
        let customer = world.customer(process, &format!("customer-{}", n % 7));
        let method = if n % 10 == 0 { VISA } else { "" };
        async move { customer.place(places(showing_id, 1, method)).await.unwrap() }
    });
    stream::iter(placing).buffer_unordered(16).collect().await
}

async fn moved(world: &World, showing_id: Uuid, sequence: u64, starts_at: Time) {
    let said = seating::ShowingRescheduled {
        showing_id: showing_id.to_string(),
        start_time: Some(convert::timestamp(starts_at)),
        end_time: Some(convert::timestamp(starts_at + Duration::from_secs(7_200))),
        ..Default::default()
    };
    world.says(Context::SEATING, showing_id, sequence, &said).await;
}

async fn all_have_followed(world: &World) {
    world.heard().await;
    eventually("the job is done", async || world.count("fan_outs").await == 0).await;
}

on_every_store! {
    /// FR-04: the newest move counts, whenever it is heard.
    async fn every_booking_follows_a_moved_showing(world: World) {
        let process = world.start().await;
        let (showing_id, other) = (Uuid::new_v4(), Uuid::new_v4());
        let bookings = sold(&world, &process, showing_id, MANY).await;
        let stays = sold(&world, &process, other, 3).await;
        let (later, latest) =
            (Clock.now() + Duration::from_secs(7_200), Clock.now() + Duration::from_secs(9_000));
        moved(&world, showing_id, 3, latest).await;
        all_have_followed(&world).await;
        moved(&world, showing_id, 2, later).await;
        all_have_followed(&world).await;

        let mut said = world.said().await;
        for booking in &bookings {
            let told = said.remove(&id(&booking.booking_id)).unwrap();
            let moves = told.iter().filter(|it| *it == "BookingRescheduled").count();
            assert_eq!(moves, 1, "{told:?}");
        }
        assert!(said.into_values().flatten().all(|it| it != "BookingRescheduled"));
        let customer = world.customer(&process, &bookings[0].customer_id);
        let booking = customer.get(&bookings[0].booking_id).await.unwrap();
        assert_eq!(booking.start_time, Some(convert::timestamp(latest)));
        let customer = world.customer(&process, &stays[0].customer_id);
        assert_eq!(customer.get(&stays[0].booking_id).await.unwrap().start_time, stays[0].start_time);
    }

    /// D-9: killed in the middle, the job goes on.
    async fn a_cancelled_showing_cancels_each_booking_once_whoever_dies(world: World) {
        let process = world.start().await;
        let showing_id = Uuid::new_v4();
        let bookings = sold(&world, &process, showing_id, MANY).await;
        let given_up = &bookings[0];
        world.customer(&process, &given_up.customer_id).cancel(given_up).await.unwrap();
        let said = seating::ShowingCancelled { showing_id: showing_id.to_string() };
        world.says(Context::SEATING, showing_id, 2, &said).await;
        eventually("it has begun", async || {
            world.count("bookings WHERE state = 'cancelled'").await > 1
        })
        .await;
        process.crash();

        let process = world.start().await;
        all_have_followed(&world).await;
        assert_eq!(world.count("bookings WHERE state = 'cancelled'").await, MANY as i64);
        let mut said = world.said().await;
        for booking in &bookings {
            let told = said.remove(&id(&booking.booking_id)).unwrap();
            assert_eq!(told.iter().filter(|it| *it == "BookingCancelled").count(), 1, "{told:?}");
        }
        let customer = world.customer(&process, &bookings[1].customer_id);
        let booking = customer.get(&bookings[1].booking_id).await.unwrap();
        assert_eq!(booking.state(), BookingState::Cancelled);
    }
}
