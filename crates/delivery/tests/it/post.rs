//! Parcels: handed over when booking says where to, and called back.

use boxoffice_contracts::delivery::v1::{self as pb, DeliveryState};
use boxoffice_runtime::Role;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::world::{Process, Sale, World, eventually, refusal};

fn is_sent(delivery: &pb::Delivery) -> bool {
    delivery.parcel.as_ref().is_some_and(|it| !it.tracking_number.is_empty())
}

async fn complete(
    world: &World,
    process: &Process,
    delivery_id: &str,
) -> Result<pb::Delivery, Status> {
    let admin = world.caller(process, "dora", Role::Admin);
    let request = pb::CompleteDeliveryRequest { delivery_id: delivery_id.to_owned() };
    Ok(admin.delivery().complete_delivery(request).await?.into_inner().delivery.unwrap())
}

on_every_store! {
    async fn a_parcel_goes_where_booking_says(world: World) {
        let process = world.start().await;
        let sale = Sale::by_post();
        world.confirm(&sale).await;

        let delivery = world.until(&process, &sale, is_sent).await;

        assert_eq!(delivery.state(), DeliveryState::Started);
        let parcel = delivery.parcel.unwrap();
        assert_eq!((&*parcel.name, &*parcel.phone), ("Alice", "010-1234-5678"));
        assert_eq!(parcel.address, "1 Sejong-daero, Seoul");
        assert_eq!(parcel.shipper, "simulator");
        assert_eq!(world.outside.shipped().len(), 1);
        assert_eq!(world.said(&sale).await, ["DeliveryStarted"]);
        let seats: Vec<_> = delivery.tickets.iter().map(|it| (&*it.seat, &*it.code)).collect();
        assert_eq!(seats, [("A-1", ""), ("A-2", "")], "printed");
        let alice = world.caller(&process, "alice", Role::Customer);
        let (delivery_id, ticket_id) =
            (delivery.delivery_id, delivery.tickets[0].ticket_id.clone());
        let request = pb::GetTicketQrCodeRequest { delivery_id, ticket_id };
        let asked = alice.delivery().get_ticket_qr_code(request).await;
        assert_eq!(refusal(asked), (Code::FailedPrecondition, "TICKET_PRINTED".to_owned()));
    }

    async fn a_parcel_arrives_once(world: World) {
        let process = world.start().await;
        let sale = Sale::by_post();
        world.confirm(&sale).await;
        let delivery_id = world.until(&process, &sale, is_sent).await.delivery_id;

        let first = complete(&world, &process, &delivery_id).await.unwrap();
        let again = complete(&world, &process, &delivery_id).await.unwrap();

        assert_eq!(first.state(), DeliveryState::Completed);
        assert_eq!(first.tickets.len(), 2);
        let parcel = first.parcel.clone().unwrap();
        assert!(!parcel.tracking_number.is_empty());
        let whom = (&*parcel.name, &*parcel.phone, &*parcel.address);
        assert_eq!(whom, ("", "", ""), "the box office has nothing to do with it");
        assert_eq!(first, again);
        assert_eq!(world.said(&sale).await, ["DeliveryStarted", "DeliveryCompleted"]);
        let asked = complete(&world, &process, &Uuid::new_v4().to_string()).await;
        assert_eq!(refusal(asked), (Code::NotFound, "DELIVERY_NOT_FOUND".to_owned()));
        world.close(&sale).await;
        world.until(&process, &sale, |it| it.state() == DeliveryState::Cancelled).await;
        let asked = complete(&world, &process, &delivery_id).await;
        assert_eq!(refusal(asked), (Code::FailedPrecondition, "DELIVERY_CANCELLED".to_owned()));
        assert_eq!(world.outside.recalled(), [], "it has arrived");
    }

    async fn while_booking_is_down_it_stays_started_and_goes_out_afterwards(world: World) {
        let process = world.start().await;
        world.outside.booking_down(true);
        let sales: Vec<_> = (0..20).map(|_| Sale::by_post()).collect();
        for sale in &sales {
            world.confirm(sale).await;
        }
        world.heard().await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let waiting = world.find(&process, &sales[0]).await.unwrap();
        assert_eq!(waiting.state(), DeliveryState::Started);
        assert_eq!(waiting.parcel, Some(pb::Parcel::default()));
        assert_eq!(world.outside.shipped(), []);

        world.outside.booking_down(false);

        for sale in &sales {
            world.until(&process, sale, is_sent).await;
        }
        assert_eq!(world.outside.shipped().len(), sales.len());
    }

    async fn without_an_address_it_stays_started(world: World) {
        let process = world.start().await;
        world.outside.homeless(true);
        let sale = Sale::by_post();
        let delivery = world.delivered(&process, &sale).await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(world.find(&process, &sale).await, Some(delivery.clone()));
        assert_eq!(world.outside.shipped(), []);
        // Handed over at the counter.
        let arrived = complete(&world, &process, &delivery.delivery_id).await.unwrap();
        assert_eq!(arrived.state(), DeliveryState::Completed);
    }

    async fn an_answer_that_got_lost_is_asked_for_again_under_the_same_key(world: World) {
        let process = world.start().await;
        world.outside.shipper_mute(true);
        let sale = Sale::by_post();
        let delivery = world.delivered(&process, &sale).await;
        eventually("taken", async || !world.outside.shipped().is_empty()).await;

        world.outside.shipper_mute(false);

        world.until(&process, &sale, is_sent).await;
        let keys: Vec<_> = world.outside.shipped().iter().map(|it| it.0.to_string()).collect();
        assert!(keys.iter().all(|it| *it == delivery.delivery_id), "{keys:?}");
    }

    async fn a_parcel_that_may_be_on_its_way_is_called_back(world: World) {
        let process = world.start().await;
        for by_payment in [true, false] {
            let sale = Sale::by_post();
            world.confirm(&sale).await;
            let delivery = world.until(&process, &sale, is_sent).await;
            if by_payment {
                world.refund(&sale, sale.payment_id).await;
            } else {
                world.close(&sale).await;
            }
            world.until(&process, &sale, |it| it.state() == DeliveryState::Cancelled).await;
            eventually("recalled", async || {
                world.outside.recalled().iter().any(|it| it.to_string() == delivery.delivery_id)
            })
            .await;
            assert_eq!(world.said(&sale).await, ["DeliveryStarted", "DeliveryCancelled"]);
        }
        assert_eq!(world.outside.recalled().len(), 2, "once each");
    }

    async fn a_parcel_called_off_before_it_goes_out_never_does(world: World) {
        let process = world.start().await;
        world.outside.booking_down(true);
        let sale = Sale::by_post();
        world.delivered(&process, &sale).await;
        world.close(&sale).await;
        world.until(&process, &sale, |it| it.state() == DeliveryState::Cancelled).await;
        world.outside.booking_down(false);
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(world.outside.shipped(), []);
    }

    async fn no_event_carries_contact_data_or_a_code(world: World) {
        let process = world.start().await;
        let (parcel, ticket) = (Sale::by_post(), Sale::of(&["A-1"]));
        world.confirm(&parcel).await;
        world.until(&process, &parcel, is_sent).await;
        let code = world.delivered(&process, &ticket).await.tickets.remove(0).code;
        for sale in [&parcel, &ticket] {
            for message in world.messages(sale).await {
                let text = String::from_utf8_lossy(&message.payload).into_owned();
                assert!(!text.contains("Sejong") && !text.contains(&code[..20]), "{text}");
            }
        }
    }
}
