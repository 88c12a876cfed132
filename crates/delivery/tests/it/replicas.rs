//! Two processes on one database.

use boxoffice_contracts::delivery::v1 as pb;
use boxoffice_delivery::audit;
use boxoffice_runtime::{Role, reason_of};
use futures::future::join_all;
use tokio::join;

use crate::world::{Sale, World, eventually};

on_every_server! {
    async fn replicas_that_start_at_once_end_with_one_key(world: World) {
        let sales: Vec<_> = (0..20).map(|_| Sale::of(&["A-1"])).collect();
        for sale in &sales {
            world.confirm(sale).await;
        }
        let (first, second) = join!(world.start(), world.start());
        world.heard().await;
        let mut keys = Vec::new();
        for process in [&first, &second] {
            eventually("keys", async || {
                let request = pb::ListTicketKeysRequest {};
                let found = process.anybody().delivery().list_ticket_keys(request).await;
                keys = found.unwrap().into_inner().keys;
                !keys.is_empty()
            })
            .await;
            assert_eq!(keys.len(), 1);
        }
        for sale in &sales {
            let delivery = world.find(&first, sale).await.unwrap();
            let header = jsonwebtoken::decode_header(&delivery.tickets[0].code).unwrap();
            assert_eq!(header.kid.as_deref(), Some(&*keys[0].key_id));
        }
    }

    /// Whoever comes first, the other sees it: no order leaves a good ticket with a closed booking.
    async fn starting_races_closing(world: World) {
        let replicas = [world.start().await, world.start().await];
        let sales: Vec<_> = (0..40).map(|_| Sale::of(&["A-1"])).collect();
        for sale in &sales {
            join!(world.confirm(sale), world.refund(sale, sale.payment_id));
        }
        world.heard().await;
        let live = audit::deliveries(&world.db.read).await.unwrap();
        assert_eq!(live.iter().filter(|it| it.is_live()).count(), 0, "{live:?}");
        assert!(live.iter().all(audit::DeliveryRow::is_of_its_booking));
        for sale in &sales {
            let said = world.said(sale).await;
            assert!(said.is_empty() || said.last().unwrap() == "DeliveryCancelled", "{said:?}");
        }
        drop(replicas);
    }

    async fn of_doors_that_race_exactly_one_lets_in(world: World) {
        let replicas = [world.start().await, world.start().await];
        let sale = Sale { quantity: 20, ..Sale::of(&[]) };
        let delivery = world.delivered(&replicas[0], &sale).await;
        for ticket in &delivery.tickets {
            let tries = join_all((0..6).map(|n| {
                let door = world.caller(&replicas[n % 2], "dora", Role::Admin);
                let request = pb::CheckInTicketRequest { code: ticket.code.clone() };
                async move { door.delivery().check_in_ticket(request).await }
            }));
            let (accepted, refused): (Vec<_>, Vec<_>) =
                tries.await.into_iter().partition(Result::is_ok);
            assert_eq!(accepted.len(), 1);
            for status in refused.into_iter().filter_map(Result::err) {
                assert_eq!(reason_of(&status).as_deref(), Some("TICKET_USED"), "{status:?}");
            }
        }
    }

    async fn both_workers_hand_each_parcel_over_once(world: World) {
        let replicas = [world.start().await, world.start().await];
        let sales: Vec<_> = (0..30).map(|_| Sale::by_post()).collect();
        for sale in &sales {
            world.confirm(sale).await;
        }
        for sale in &sales {
            let sent = |it: &pb::Delivery| it.parcel.as_ref().is_some_and(|it| !it.shipper.is_empty());
            world.until(&replicas[0], sale, sent).await;
        }
        assert_eq!(world.outside.shipped().len(), sales.len());
    }
}
