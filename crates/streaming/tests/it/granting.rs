//! What is paid may be watched.

use boxoffice_contracts::booking::v1::booking_confirmed::Item;
use boxoffice_contracts::booking::v1::{HomeMovie, ShowingSeats};
use boxoffice_contracts::streaming::v1::LicenseState;
use tonic::Code;
use uuid::Uuid;

use crate::world::{Order, World, refusal};

on_every_store! {
    /// FR-32.
    async fn a_confirmed_home_movie_is_licensed(world: World) {
        let order = Order::by("alice");
        world.confirm(&order).await;
        let license = world.find(&order).await.unwrap();
        assert_eq!(license.state(), LicenseState::Granted);
        assert_eq!(license.customer_id, "alice");
        assert_eq!(license.title_id, order.title_id.to_string());
        assert_eq!(license.watch_time, None);
        assert_eq!(world.said(&order).await, ["LicenseGranted"]);
    }

    async fn a_ticket_is_not_licensed(world: World) {
        let order = Order::by("alice");
        let seats = ShowingSeats { showing_id: Uuid::new_v4().to_string(), ..Default::default() };
        world.hears(&[order.confirmed_with(Item::Showing(seats))]).await;
        assert_eq!(world.find(&order).await, None);
        assert_eq!(world.said(&order).await, [""; 0]);
    }

    /// The same message, and another one that says the same.
    async fn a_confirmation_that_comes_again_grants_nothing_more(world: World) {
        let order = Order::by("alice");
        let message = order.confirmed();
        world.hears(std::slice::from_ref(&message)).await;
        let license = world.find(&order).await;
        world.hears(&[message, order.confirmed()]).await;
        assert_eq!(world.find(&order).await, license);
        assert_eq!(world.said(&order).await, ["LicenseGranted"]);
    }

    /// FR-33.
    async fn watching_is_said_the_first_time_and_free_ever_after(world: World) {
        let order = Order::by("alice");
        world.confirm(&order).await;
        let license = world.find(&order).await.unwrap();
        let watched = world.watch("alice", &license.license_id).await.unwrap();
        assert_eq!(watched.state(), LicenseState::Watched);
        assert!(watched.watch_time.is_some());
        assert_eq!(world.watch("alice", &license.license_id).await.unwrap(), watched);
        assert_eq!(world.said(&order).await, ["LicenseGranted", "TitleWatched"]);
    }

    async fn a_stranger_watches_nothing(world: World) {
        let order = Order::by("alice");
        world.confirm(&order).await;
        let license = world.find(&order).await.unwrap();
        let not_found = (Code::NotFound, "LICENSE_NOT_FOUND".to_owned());
        assert_eq!(refusal(world.watch("mallory", &license.license_id).await), not_found);
        assert_eq!(refusal(world.watch("ALICE", &license.license_id).await), not_found);
        let unknown = Uuid::new_v4().to_string();
        assert_eq!(refusal(world.watch("alice", &unknown).await), not_found);
        assert_eq!(refusal(world.watch("alice", "x").await).0, Code::InvalidArgument);
        assert_eq!(world.find(&order).await.unwrap(), license);
    }

    /// It is kept aside, and those behind it go on.
    async fn an_event_that_cannot_be_read_holds_nobody_up(world: World) {
        let (bad, good) = (Order::by("alice"), Order::by("alice"));
        let nonsense = Item::HomeMovie(HomeMovie { title_id: "nonsense".to_owned() });
        world.hears(&[bad.confirmed_with(nonsense), good.confirmed()]).await;
        assert_eq!(world.find(&bad).await, None);
        assert!(world.find(&good).await.is_some());
        assert_eq!(world.dead_letters().await, 1);
    }
}
