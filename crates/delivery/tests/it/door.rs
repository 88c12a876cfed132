//! The door: a ticket lets in once, and nothing else does.

use boxoffice_contracts::delivery::v1 as pb;
use boxoffice_contracts::delivery::v1::DeliveryState;
use boxoffice_runtime::{Role, reason_of};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use sea_orm::ConnectionTrait as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::world::{Process, Sale, World, refusal};

async fn check_in(
    world: &World,
    process: &Process,
    code: &str,
) -> Result<pb::CheckInTicketResponse, Status> {
    let door = world.caller(process, "dora", Role::Admin);
    let request = pb::CheckInTicketRequest { code: code.to_owned() };
    Ok(door.delivery().check_in_ticket(request).await?.into_inner())
}

/// The claims of a code, signed by somebody else under our key's name.
fn imitated(code: &str) -> String {
    let header = jsonwebtoken::decode_header(code).unwrap();
    let claims: serde_json::Value = jsonwebtoken::dangerous::insecure_decode_claims(code).unwrap();
    let mut der = vec![48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    der.extend([7_u8; 32]);
    let header = Header { kid: header.kid, ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(&der)).unwrap()
}

on_every_store! {
    async fn a_ticket_lets_in_once(world: World) {
        let process = world.start().await;
        let sale = Sale::of(&["C-12", "C-13"]);
        let delivery = world.delivered(&process, &sale).await;

        let first = check_in(&world, &process, &delivery.tickets[0].code).await.unwrap();
        let again = check_in(&world, &process, &delivery.tickets[0].code).await.unwrap_err();
        let other = check_in(&world, &process, &delivery.tickets[1].code).await.unwrap();

        assert_eq!(first.showing_id, sale.showing_id.to_string());
        let ticket = first.ticket.unwrap();
        assert_eq!(ticket.seat, "C-12");
        assert_eq!(other.ticket.unwrap().seat, "C-13");
        assert_eq!(again.code(), Code::FailedPrecondition);
        assert_eq!(reason_of(&again).as_deref(), Some("TICKET_USED"));
        let time = again.get_details_error_info().unwrap().metadata.remove("checkInTime").unwrap();
        assert!(again.message().contains(&time), "{again:?}");
        let at = ticket.check_in_time.unwrap().to_time().unwrap();
        assert_eq!(at.to_rfc3339(), time);
        let seen = world.find(&process, &sale).await.unwrap();
        assert_eq!(seen.tickets[0].check_in_time, ticket.check_in_time);
        assert_eq!(world.said(&sale).await.len(), 2, "nobody is told");
    }

    async fn what_we_did_not_sign_is_forged(world: World) {
        let process = world.start().await;
        let delivery = world.delivered(&process, &Sale::of(&["A-1"])).await;
        let code = &delivery.tickets[0].code;
        let (signed, signature) = code.rsplit_once('.').unwrap();
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", code.split('.').nth(1).unwrap());
        let cut = format!("{signed}.{}", &signature[1..]);
        for forged in
            ["x", "..", "a.b.c", "\0", "표", signed, &unsigned, &cut, &imitated(code), &"A".repeat(2_000)]
        {
            let asked = check_in(&world, &process, forged).await;
            let expected = (Code::FailedPrecondition, "TICKET_FORGED".to_owned());
            assert_eq!(refusal(asked), expected, "{forged}");
        }
        for too in ["", &"A".repeat(2_001)] {
            let asked = check_in(&world, &process, too).await;
            assert_eq!(refusal(asked).0, Code::InvalidArgument);
        }
        check_in(&world, &process, code).await.unwrap();
    }

    async fn a_ticket_that_was_called_back_lets_nobody_in(world: World) {
        let process = world.start().await;
        let sale = Sale::of(&["A-1"]);
        let code = world.delivered(&process, &sale).await.tickets.remove(0).code;
        check_in(&world, &process, &code).await.unwrap();
        world.close(&sale).await;
        world.until(&process, &sale, |it| it.state() == DeliveryState::Cancelled).await;
        let asked = check_in(&world, &process, &code).await;
        assert_eq!(refusal(asked), (Code::FailedPrecondition, "TICKET_CANCELLED".to_owned()));
    }

    async fn a_ticket_we_signed_and_do_not_know_lets_nobody_in(world: World) {
        let process = world.start().await;
        let code = world.delivered(&process, &Sale::of(&["A-1"])).await.tickets.remove(0).code;
        for table in ["tickets", "deliveries", "orders"] {
            world.db.write.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
            let asked = check_in(&world, &process, &code).await;
            assert_eq!(refusal(asked), (Code::NotFound, "TICKET_NOT_FOUND".to_owned()), "{table}");
        }
    }

    async fn only_the_box_office_opens_the_door(world: World) {
        let process = world.start().await;
        let code = world.delivered(&process, &Sale::of(&["A-1"])).await.tickets.remove(0).code;
        for role in [Role::Customer, Role::Care] {
            let alice = world.caller(&process, "alice", role);
            let request = pb::CheckInTicketRequest { code: code.clone() };
            let asked = alice.delivery().check_in_ticket(request).await;
            assert_eq!(refusal(asked).0, Code::PermissionDenied);
        }
    }
}
