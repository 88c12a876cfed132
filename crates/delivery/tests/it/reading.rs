//! Who sees which deliveries.

use boxoffice_contracts::delivery::v1 as pb;
use boxoffice_runtime::Role;
use http::Method;
use serde_json::{Value, json};
use tonic::Code;

use crate::world::{Process, Sale, World, refusal};

async fn bought_by(world: &World, process: &Process, customer: &str, times: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..times {
        let sale = Sale { customer: customer.to_owned(), ..Sale::of(&["A-1"]) };
        ids.push(world.delivered(process, &sale).await.delivery_id);
    }
    ids.reverse();
    ids
}

on_every_store! {
    async fn a_customer_reads_their_own_and_care_reads_any(world: World) {
        let process = world.start().await;
        let delivery_id = bought_by(&world, &process, "alice", 1).await.remove(0);
        let request = || pb::GetDeliveryRequest { delivery_id: delivery_id.clone() };
        for (sub, role) in [("alice", Role::Customer), ("carol", Role::Care)] {
            let caller = world.caller(&process, sub, role);
            let found = caller.delivery().get_delivery(request()).await.unwrap().into_inner();
            assert_eq!(found.delivery.unwrap().tickets.len(), 1, "{sub}");
        }
        // Names are compared as they are, on every database.
        for stranger in ["mallory", "Alice", "alicé"] {
            let caller = world.caller(&process, stranger, Role::Customer);
            let asked = caller.delivery().get_delivery(request()).await;
            assert_eq!(refusal(asked), (Code::NotFound, "DELIVERY_NOT_FOUND".to_owned()));
        }
    }

    async fn lists_are_newest_first_page_by_page(world: World) {
        let process = world.start().await;
        let bobs = bought_by(&world, &process, "bob", 1).await;
        let alices = bought_by(&world, &process, "alice", 5).await;
        let everybodys = [alices.clone(), bobs].concat();
        let alice = world.caller(&process, "alice", Role::Customer);
        let carol = world.caller(&process, "carol", Role::Care);
        let dora = world.caller(&process, "dora", Role::Admin);
        // What lets somebody in is none of the box office's business.
        for (caller, expected, codes) in
            [(&alice, &alices, true), (&carol, &everybodys, true), (&dora, &everybodys, false)]
        {
            let (mut found, mut page_token) = (Vec::new(), String::new());
            loop {
                let request =
                    pb::ListDeliveriesRequest { page_size: 2, page_token, ..Default::default() };
                let page = caller.delivery().list_deliveries(request).await.unwrap().into_inner();
                assert!(page.deliveries.iter().all(|it| it.tickets.len() == 1));
                let tickets = page.deliveries.iter().flat_map(|it| &it.tickets);
                assert!(tickets.map(|it| !it.code.is_empty()).all(|it| it == codes));
                found.extend(page.deliveries.into_iter().map(|it| it.delivery_id));
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            assert_eq!(&found, expected);
        }
    }

    async fn a_list_is_of_one_booking_if_asked_and_refuses_what_it_cannot_read(world: World) {
        let process = world.start().await;
        bought_by(&world, &process, "alice", 2).await;
        let sale = Sale::of(&["A-1"]);
        let delivery = world.delivered(&process, &sale).await;
        let alice = world.caller(&process, "alice", Role::Customer);
        let mallory = world.caller(&process, "mallory", Role::Customer);
        let booking_id = sale.booking_id.to_string();
        let request = pb::ListDeliveriesRequest { booking_id, ..Default::default() };
        let found = alice.delivery().list_deliveries(request.clone()).await.unwrap().into_inner();
        assert_eq!(found.deliveries, [delivery]);
        let found = mallory.delivery().list_deliveries(request).await.unwrap().into_inner();
        assert_eq!(found.deliveries, []);

        let first = pb::ListDeliveriesRequest { page_size: 1, ..Default::default() };
        let page = alice.delivery().list_deliveries(first).await.unwrap().into_inner();
        let page_token = page.next_page_token;
        for (caller, request) in [
            (&mallory, pb::ListDeliveriesRequest { page_token, ..Default::default() }),
            (&alice, pb::ListDeliveriesRequest { page_token: "?".to_owned(), ..Default::default() }),
            (&alice, pb::ListDeliveriesRequest { booking_id: "\0".to_owned(), ..Default::default() }),
            (&alice, pb::ListDeliveriesRequest { page_size: -1, ..Default::default() }),
        ] {
            let asked = caller.delivery().list_deliveries(request.clone()).await;
            assert_eq!(refusal(asked).0, Code::InvalidArgument, "{request:?}");
        }
    }

    async fn http_shows_and_does_the_same(world: World) {
        let process = world.start().await;
        let delivery = world.delivered(&process, &Sale::of(&["C-12"])).await;
        let alice = world.caller(&process, "alice", Role::Customer);
        let dora = world.caller(&process, "dora", Role::Admin);
        let ticket = &delivery.tickets[0];
        let path = format!("/v1/deliveries/{}", delivery.delivery_id);
        let picture = format!("{path}/tickets/{}/qrcode", ticket.ticket_id);
        for (path, pointer, expected) in [
            (&*path, "/delivery/state", json!("DELIVERY_STATE_COMPLETED")),
            ("/v1/deliveries", "/deliveries/0/tickets/0/seat", json!("C-12")),
            (&*picture, "/code", json!(ticket.code)),
        ] {
            let answer = alice.http(Method::GET, path).send().await.unwrap();
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body.pointer(pointer), Some(&expected), "{path}: {body}");
        }
        let keys = process.anybody().http(Method::GET, "/v1/deliveries:keys");
        let body: Value = keys.send().await.unwrap().json().await.unwrap();
        assert!(body["keys"][0]["jwk"].as_str().unwrap().contains("Ed25519"), "{body}");
        assert!(!body.to_string().contains("\\\"d\\\""), "no secret: {body}");
        for (expected, reason) in [(200, Value::Null), (400, json!("TICKET_USED"))] {
            let code = json!({ "code": ticket.code });
            let door = dora.http(Method::POST, "/v1/deliveries:checkIn").json(&code);
            let answer = door.send().await.unwrap();
            assert_eq!(answer.status(), expected);
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["error"]["details"][0]["reason"], reason, "{body}");
        }
    }
}
