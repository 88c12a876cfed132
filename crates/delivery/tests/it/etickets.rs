//! E-tickets: made when a booking is confirmed, good until it is called off.

use boxoffice_contracts::booking::v1::{self as booking, Fulfilment};
use boxoffice_contracts::delivery::v1::{self as pb, DeliveryMethod, DeliveryState};
use boxoffice_kernel::Context;
use boxoffice_runtime::Role;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rqrr::PreparedImage;
use serde_json::Value;
use tonic::Code;
use uuid::Uuid;

use crate::world::{Process, Sale, World, eventually, refusal};

const DELIVERED: [&str; 2] = ["DeliveryStarted", "DeliveryCompleted"];
const CANCELLED: [&str; 3] = ["DeliveryStarted", "DeliveryCompleted", "DeliveryCancelled"];

/// What a door without a connection does: no secret of ours, and none of our code.
async fn verified(process: &Process, code: &str) -> Value {
    let request = pb::ListTicketKeysRequest {};
    let keys = process.anybody().delivery().list_ticket_keys(request).await.unwrap().into_inner();
    let kid = jsonwebtoken::decode_header(code).unwrap().kid.unwrap();
    let key = keys.keys.iter().find(|it| it.key_id == kid).unwrap();
    let jwk: Jwk = serde_json::from_str(&key.jwk).unwrap();
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.validate_exp = false;
    rules.required_spec_claims.clear();
    jsonwebtoken::decode(code, &DecodingKey::from_jwk(&jwk).unwrap(), &rules).unwrap().claims
}

/// What a reader sees on a picture.
fn read(png: &[u8]) -> String {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (info.width as usize, info.height as usize);
    let mut image =
        PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    image.detect_grids().remove(0).decode().unwrap().1
}

on_every_store! {
    async fn a_confirmed_booking_gets_a_signed_ticket_a_seat(world: World) {
        let process = world.start().await;
        let sale = Sale::of(&["C-12", "C-13"]);

        let delivery = world.delivered(&process, &sale).await;

        assert_eq!(delivery.state(), DeliveryState::Completed);
        assert_eq!(delivery.method(), DeliveryMethod::ETicket);
        assert_eq!(delivery.customer_id, "alice");
        assert_eq!(delivery.parcel, None);
        assert_eq!(world.said(&sale).await, DELIVERED);
        let seats: Vec<_> = delivery.tickets.iter().map(|it| it.seat.as_str()).collect();
        assert_eq!(seats, ["C-12", "C-13"]);
        for ticket in &delivery.tickets {
            let claims = verified(&process, &ticket.code).await;
            assert_eq!(claims["jti"], ticket.ticket_id.as_str());
            assert_eq!(claims["booking"], sale.booking_id.to_string());
            assert_eq!(claims["showing"], sale.showing_id.to_string());
            assert_eq!(claims["seat"], ticket.seat.as_str());
            assert!(claims["start"].is_i64());
        }
    }

    async fn general_admission_gets_a_ticket_a_person(world: World) {
        let process = world.start().await;
        let fulfilment = Fulfilment::Unspecified;
        let sale = Sale { quantity: 3, fulfilment, ..Sale::of(&[]) };
        let delivery = world.delivered(&process, &sale).await;
        assert_eq!(delivery.method(), DeliveryMethod::ETicket);
        assert_eq!(delivery.tickets.len(), 3);
        for ticket in &delivery.tickets {
            assert_eq!(ticket.seat, "");
            assert_eq!(verified(&process, &ticket.code).await["seat"], Value::Null);
        }
    }

    async fn a_film_at_home_has_nothing_to_deliver(world: World) {
        let process = world.start().await;
        let sale = Sale { fulfilment: Fulfilment::Stream, ..Sale::of(&["A-1"]) };
        let title_id = Uuid::new_v4().to_string();
        let movie = booking::booking_confirmed::Item::HomeMovie(booking::HomeMovie { title_id });
        let said = booking::BookingConfirmed { item: Some(movie), ..sale.confirmed() };
        world.says(Context::BOOKING, &sale, &said).await;
        world.confirm(&sale).await;
        world.heard().await;
        assert_eq!(world.find(&process, &sale).await, None);
        assert_eq!(boxoffice_eventing::pending(&world.db.read).await.unwrap().dead_letters, 0);
    }

    async fn a_booking_that_is_confirmed_twice_is_delivered_once(world: World) {
        let process = world.start().await;
        let sale = Sale::of(&["A-1"]);
        let first = world.delivered(&process, &sale).await;
        world.confirm(&sale).await;
        world.heard().await;
        assert_eq!(world.find(&process, &sale).await, Some(first));
        assert_eq!(world.said(&sale).await, DELIVERED);
    }

    /// FR-31, and every other way a booking ends.
    async fn whatever_ends_a_booking_calls_its_tickets_back(world: World) {
        let process = world.start().await;
        for way in ["payment cancelled", "rejected", "expired", "cancelled"] {
            let sale = Sale::of(&["A-1"]);
            world.delivered(&process, &sale).await;
            let booking_id = sale.booking_id.to_string();
            let showing_id = sale.showing_id.to_string();
            match way {
                "payment cancelled" => world.refund(&sale, sale.payment_id).await,
                "rejected" => {
                    let said = booking::BookingRejected { booking_id, showing_id, ..Default::default() };
                    world.says(Context::BOOKING, &sale, &said).await;
                }
                "expired" => {
                    let said = booking::BookingExpired { booking_id, showing_id, ..Default::default() };
                    world.says(Context::BOOKING, &sale, &said).await;
                }
                _ => world.close(&sale).await,
            }
            world.until(&process, &sale, |it| it.state() == DeliveryState::Cancelled).await;
            // The rest of what is said about the end of a booking changes nothing any more.
            world.refund(&sale, sale.payment_id).await;
            world.close(&sale).await;
            world.heard().await;
            assert_eq!(world.said(&sale).await, CANCELLED, "{way}");
        }
    }

    /// FR-31: in whatever order they come, the end is the same; and nobody ever gets in.
    async fn an_end_that_overtakes_the_start_is_the_end(world: World) {
        let process = world.start().await;
        let (closed, refunded) = (Sale::of(&["A-1"]), Sale::of(&["A-2"]));
        world.close(&closed).await;
        world.refund(&refunded, refunded.payment_id).await;
        world.heard().await;
        for sale in [&closed, &refunded] {
            world.confirm(sale).await;
            world.heard().await;
            let delivery = world.find(&process, sale).await.unwrap();
            assert_eq!(delivery.state(), DeliveryState::Cancelled);
            assert_eq!(delivery.tickets[0].code, "", "there is nothing to get in with");
            assert_eq!(world.said(sale).await, ["DeliveryCancelled"]);
        }
    }

    /// An attempt that was declined, and found to have been charged later, is given back too.
    async fn another_attempt_that_is_given_back_ends_nothing(world: World) {
        let process = world.start().await;
        let sale = Sale::of(&["A-1"]);
        world.refund(&sale, Uuid::new_v4()).await;
        world.heard().await;
        world.delivered(&process, &sale).await;
        world.refund(&sale, Uuid::new_v4()).await;
        world.heard().await;
        assert_eq!(world.said(&sale).await, DELIVERED);
    }

    async fn the_picture_says_the_code_to_its_owner_only(world: World) {
        let process = world.start().await;
        let sale = Sale::of(&["C-12"]);
        let delivery = world.delivered(&process, &sale).await;
        let ticket = &delivery.tickets[0];
        let request = pb::GetTicketQrCodeRequest {
            delivery_id: delivery.delivery_id.clone(),
            ticket_id: ticket.ticket_id.clone(),
        };
        let alice = world.caller(&process, "alice", Role::Customer);
        let mallory = world.caller(&process, "mallory", Role::Customer);

        let picture =
            alice.delivery().get_ticket_qr_code(request.clone()).await.unwrap().into_inner();

        assert_eq!(picture.code, ticket.code);
        assert_eq!(read(&picture.png), ticket.code);
        let asked = mallory.delivery().get_ticket_qr_code(request.clone()).await;
        assert_eq!(refusal(asked), (Code::NotFound, "DELIVERY_NOT_FOUND".to_owned()));
        let ticket_id = Uuid::new_v4().to_string();
        let other = pb::GetTicketQrCodeRequest { ticket_id, ..request.clone() };
        let asked = alice.delivery().get_ticket_qr_code(other).await;
        assert_eq!(refusal(asked), (Code::NotFound, "TICKET_NOT_FOUND".to_owned()));
        world.close(&sale).await;
        world.until(&process, &sale, |it| it.state() == DeliveryState::Cancelled).await;
        let asked = alice.delivery().get_ticket_qr_code(request).await;
        assert_eq!(refusal(asked), (Code::FailedPrecondition, "TICKET_CANCELLED".to_owned()));
    }

    async fn an_event_that_makes_no_sense_is_put_aside(world: World) {
        let process = world.start().await;
        let nobody = Sale::of(&[]);
        world.confirm(&nobody).await;
        eventually("put aside", async || {
            let pending = boxoffice_eventing::pending(&world.db.read).await;
            pending.is_ok_and(|it| it.dead_letters == 1)
        })
        .await;
        world.delivered(&process, &Sale::of(&["A-1"])).await;
        assert_eq!(world.find(&process, &nobody).await, None);
    }

    async fn a_booking_of_a_whole_coach_gets_all_its_tickets(world: World) {
        let process = world.start().await;
        let sale = Sale { quantity: 1_500, ..Sale::of(&[]) };
        let delivery = world.delivered(&process, &sale).await;
        assert_eq!(delivery.tickets.len(), 1_500);
    }
}
