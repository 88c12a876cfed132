//! Where a parcel went is forgotten once it is through; that it went is not.

use boxoffice_contracts::delivery::v1::DeliveryState;
use boxoffice_delivery::privacy::PRIVACY;
use boxoffice_kernel::CustomerId;
use boxoffice_runtime::privacy::{Erasure, Known};

use crate::world::{Sale, World};

async fn known(world: &World, who: &str) -> Known {
    (PRIVACY.export)(&world.db.read, &CustomerId::new(who)).await.unwrap()
}

on_every_store! {
    async fn the_parcel_goes_and_its_tickets_stay_once_it_is_on_its_way(world: World) {
        let process = world.start().await;
        world.outside.booking_down(true);
        let sale = Sale::by_post();
        world.confirm(&sale).await;
        let delivery = world.until(&process, &sale, |_| true).await;
        let waits = format!("the parcel of delivery {} is not through", delivery.delivery_id);
        assert_eq!(known(&world, "alice").await.unsettled, [waits]);
        world.outside.booking_down(false);
        let sent = world.until(&process, &sale, |it| {
            it.parcel.as_ref().is_some_and(|parcel| !parcel.tracking_number.is_empty())
        });
        sent.await;
        let before = known(&world, "alice").await;
        assert_eq!(before.unsettled, Vec::<String>::new());
        let row = &before.tables["deliveries"][0];
        assert_eq!(row["contact_address"], "1 Sejong-daero, Seoul");
        assert_eq!(before.tables["tickets"].len(), 2);

        let [who, pseudonym] = ["alice", "erased-1"].map(CustomerId::new);
        let erasure = Erasure { who, pseudonym };
        assert_eq!(PRIVACY.forget(&world.db, &erasure).await.unwrap(), 1);
        assert_eq!(PRIVACY.forget(&world.db, &erasure).await.unwrap(), 0, "the second time");

        assert!(known(&world, "alice").await.tables.is_empty());
        let left = known(&world, "erased-1").await;
        for column in ["contact_name", "contact_phone", "contact_address", "tracking_number"] {
            assert!(left.tables["deliveries"][0][column].is_null(), "{column}");
        }
        assert_eq!(left.tables["tickets"], before.tables["tickets"]);
        // The booking is cancelled after all: what is called off is called off without them.
        world.close(&sale).await;
        world.until(&process, &sale, |it| it.state() == DeliveryState::Cancelled).await;
    }
}
