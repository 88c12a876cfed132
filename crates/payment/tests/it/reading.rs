//! Who sees which payments.

use boxoffice_contracts::payment::v1 as pb;
use boxoffice_runtime::{Role, reason_of};
use boxoffice_testkit::on_every_store;
use tonic::Code;

use crate::world::{Attempt, Process, World};

async fn paid_by(process: &Process, customer: &str, times: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..times {
        let attempt = Attempt { customer: customer.to_owned(), ..Attempt::by("pm_card_visa") };
        ids.push(process.approve(&attempt).await.unwrap().payment_id);
    }
    ids.reverse();
    ids
}

on_every_store! {
    async fn a_customer_reads_their_own_and_care_reads_any(world: World) {
        let process = world.start().await;
        let payment_id = paid_by(&process, "alice", 1).await.remove(0);
        let request = || pb::GetPaymentRequest { payment_id: payment_id.clone() };
        for (sub, role) in [("alice", Role::Customer), ("carol", Role::Care)] {
            let caller = world.caller(&process, sub, role);
            let payment = caller.payment().get_payment(request()).await.unwrap().into_inner();
            assert_eq!(payment.payment.unwrap().customer_id, "alice", "{sub}");
        }
        // Names that a sloppy comparison takes for hers among them.
        for sub in ["mallory", "Alice", "ALICE", "àlice"] {
            let stranger = world.caller(&process, sub, Role::Customer);
            let status = stranger.payment().get_payment(request()).await.unwrap_err();
            assert_eq!(status.code(), Code::NotFound, "{sub:?}");
            assert_eq!(reason_of(&status).as_deref(), Some("PAYMENT_NOT_FOUND"));
            let request = pb::ListPaymentsRequest::default();
            let found = stranger.payment().list_payments(request).await.unwrap().into_inner();
            assert_eq!(found.payments, [], "{sub:?}");
        }
    }

    async fn lists_are_newest_first_page_by_page(world: World) {
        let process = world.start().await;
        let bobs = paid_by(&process, "bob", 1).await;
        let alices = paid_by(&process, "alice", 5).await;
        let alice = world.caller(&process, "alice", Role::Customer);
        let carol = world.caller(&process, "carol", Role::Care);
        let everybodys = [alices.clone(), bobs].concat();
        for (caller, expected) in [(&alice, &alices), (&carol, &everybodys)] {
            let (mut found, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = pb::ListPaymentsRequest { page_size: 2, page_token, ..Default::default() };
                let page = caller.payment().list_payments(request).await.unwrap().into_inner();
                assert!(page.payments.len() <= 2);
                found.extend(page.payments.into_iter().map(|it| it.payment_id));
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            assert_eq!(&found, expected);
        }
    }

    async fn a_list_is_of_one_booking_if_asked(world: World) {
        let process = world.start().await;
        paid_by(&process, "alice", 2).await;
        let attempt = Attempt::by("pm_card_visa");
        process.approve(&attempt).await.unwrap();
        let alice = world.caller(&process, "alice", Role::Customer);
        let mallory = world.caller(&process, "mallory", Role::Customer);
        let request = pb::ListPaymentsRequest {
            booking_id: attempt.booking_id.to_string(),
            ..Default::default()
        };
        let found = alice.payment().list_payments(request.clone()).await.unwrap().into_inner();
        let ids: Vec<_> = found.payments.into_iter().map(|it| it.payment_id).collect();
        assert_eq!(ids, [attempt.payment_id.to_string()]);
        let found = mallory.payment().list_payments(request).await.unwrap().into_inner();
        assert_eq!(found.payments, []);
    }

    async fn a_list_refuses_what_it_cannot_read(world: World) {
        let process = world.start().await;
        paid_by(&process, "alice", 2).await;
        let alice = world.caller(&process, "alice", Role::Customer);
        let bob = world.caller(&process, "bob", Role::Customer);
        let first = pb::ListPaymentsRequest { page_size: 1, ..Default::default() };
        let page = alice.payment().list_payments(first).await.unwrap().into_inner();
        let page_token = page.next_page_token;
        assert!(!page_token.is_empty());
        for (caller, request) in [
            (&bob, pb::ListPaymentsRequest { page_token, ..Default::default() }),
            (&alice, pb::ListPaymentsRequest { page_token: "?".to_owned(), ..Default::default() }),
            (&alice, pb::ListPaymentsRequest { booking_id: "x".to_owned(), ..Default::default() }),
            (&alice, pb::ListPaymentsRequest { page_size: -1, ..Default::default() }),
        ] {
            let status = caller.payment().list_payments(request.clone()).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{request:?}");
        }
    }

    async fn the_method_is_never_shown(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_mastercard");
        let payment = process.approve(&attempt).await.unwrap();
        assert!(!format!("{payment:?}").contains("mastercard"));
        for (_, message) in world.said(&attempt).await {
            assert!(!String::from_utf8_lossy(&message.payload).contains("mastercard"));
        }
    }

    async fn http_shows_the_same(world: World) {
        let process = world.start().await;
        let payment_id = paid_by(&process, "alice", 1).await.remove(0);
        let alice = world.caller(&process, "alice", Role::Customer);
        let path = format!("/v1/payments/{payment_id}");
        let answer = alice.http(http::Method::GET, &path).send().await.unwrap();
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["payment"]["state"], "PAYMENT_STATE_APPROVED", "{body}");
        let mallory = world.caller(&process, "mallory", Role::Customer);
        let answer = mallory.http(http::Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), 404);
    }
}
