//! Who sees which licences.

use boxoffice_contracts::streaming::v1 as pb;
use boxoffice_runtime::Role;
use reqwest::Method;
use tonic::Code;

use crate::world::{Order, World, refusal};

async fn bought_by(world: &World, customer: &str, times: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..times {
        let order = Order::by(customer);
        world.confirm(&order).await;
        ids.push(world.find(&order).await.unwrap().license_id);
    }
    ids.reverse();
    ids
}

on_every_store! {
    async fn a_customer_reads_their_own_and_care_reads_any(world: World) {
        let license_id = bought_by(&world, "alice", 1).await.remove(0);
        let request = || pb::GetLicenseRequest { license_id: license_id.clone() };
        for (sub, role) in [("alice", Role::Customer), ("carol", Role::Care)] {
            let caller = world.caller(sub, role);
            let answer = caller.streaming().get_license(request()).await.unwrap().into_inner();
            assert_eq!(answer.license.unwrap().customer_id, "alice", "{sub}");
        }
        let mallory = world.caller("mallory", Role::Customer);
        let refused = refusal(mallory.streaming().get_license(request()).await);
        assert_eq!(refused, (Code::NotFound, "LICENSE_NOT_FOUND".to_owned()));
    }

    async fn lists_are_newest_first_page_by_page(world: World) {
        let bobs = bought_by(&world, "bob", 1).await;
        let alices = bought_by(&world, "alice", 5).await;
        world.revoke(&Order::by("alice")).await.unwrap(); // a mark: not to be seen
        let alice = world.caller("alice", Role::Customer);
        let carol = world.caller("carol", Role::Care);
        let everybodys = [alices.clone(), bobs].concat();
        for (caller, expected) in [(&alice, &alices), (&carol, &everybodys)] {
            let (mut found, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = pb::ListLicensesRequest { page_size: 2, page_token, ..Default::default() };
                let page = caller.streaming().list_licenses(request).await.unwrap().into_inner();
                assert!(page.licenses.len() <= 2);
                found.extend(page.licenses.into_iter().map(|it| it.license_id));
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            assert_eq!(&found, expected);
        }
    }

    async fn a_list_refuses_what_it_cannot_read(world: World) {
        bought_by(&world, "alice", 2).await;
        let alice = world.caller("alice", Role::Customer);
        let bob = world.caller("bob", Role::Customer);
        let first = pb::ListLicensesRequest { page_size: 1, ..Default::default() };
        let page = alice.streaming().list_licenses(first).await.unwrap().into_inner();
        let page_token = page.next_page_token;
        assert!(!page_token.is_empty());
        for (caller, request) in [
            (&bob, pb::ListLicensesRequest { page_token, ..Default::default() }),
            (&alice, pb::ListLicensesRequest { page_token: "?".to_owned(), ..Default::default() }),
            (&alice, pb::ListLicensesRequest { booking_id: "x".to_owned(), ..Default::default() }),
            (&alice, pb::ListLicensesRequest { booking_id: "\0".to_owned(), ..Default::default() }),
            (&alice, pb::ListLicensesRequest { page_size: -1, ..Default::default() }),
        ] {
            let answer = caller.streaming().list_licenses(request.clone()).await;
            assert_eq!(refusal(answer).0, Code::InvalidArgument, "{request:?}");
        }
    }

    async fn http_shows_the_same(world: World) {
        let license_id = bought_by(&world, "alice", 1).await.remove(0);
        let alice = world.caller("alice", Role::Customer);
        let path = format!("/v1/licenses/{license_id}");
        let watch = alice.http(Method::POST, &format!("{path}:watch"));
        let answer = watch.json(&serde_json::json!({})).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer = alice.http(Method::GET, &path).send().await.unwrap();
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["license"]["state"], "LICENSE_STATE_WATCHED", "{body}");
        let mallory = world.caller("mallory", Role::Customer);
        assert_eq!(mallory.http(Method::GET, &path).send().await.unwrap().status(), 404);
    }
}
