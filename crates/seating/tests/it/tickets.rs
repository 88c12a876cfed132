//! Holds and what booking says about them, over the wire.

use std::time::Duration;

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::seating::v1 as pb;
use boxoffice_contracts::seating::v1::hold_seats_response::Outcome;
use boxoffice_kernel::Context;
use boxoffice_testkit::on_every_store;
use tonic::Code;
use uuid::Uuid;

use crate::sandbox::{
    Sandbox, cancelled, confirmed, eventually, quantity, refusal, said, seats, won,
};

fn none() -> Vec<String> {
    Vec::new()
}

on_every_store! {
    async fn a_hold_says_what_is_held_and_what_it_costs(sandbox: Sandbox) {
        let showing = sandbox.rows(&["A", "B"]).await;
        let request = seats(&showing.showing_id, &["B-10", "A-1"]);
        let outcome = sandbox.hold(request.clone()).await.unwrap();

        let seat = |name: &str| pb::HeldSeat {
            seat: name.to_owned(),
            grade: "R".to_owned(),
            price: won(50_000),
            quantity: 1,
        };
        let expected = pb::HeldSeats {
            seats: vec![seat("B-10"), seat("A-1")],
            amount: won(100_000),
            title_id: showing.title_id.clone(),
            start_time: showing.start_time,
            end_time: showing.end_time,
        };
        assert_eq!(outcome, Outcome::Held(expected), "{}", sandbox.name);
        assert_eq!(sandbox.hold(request).await.unwrap(), outcome, "the same again");
        assert_eq!(sandbox.count("outbox WHERE name LIKE '%.SeatsHeld'").await, 1);
        sandbox.audit().await;
    }

    async fn what_cannot_be_held_is_refused_and_leaves_nothing(sandbox: Sandbox) {
        let named = sandbox.rows(&["A"]).await.showing_id;
        let general = sandbox.general(10).await.showing_id;
        let unknown = Uuid::now_v7().to_string();
        let thousand: Vec<String> = (1..=1_001).map(|n| format!("A-{n}")).collect();
        let thousand: Vec<&str> = thousand.iter().map(String::as_str).collect();
        let both = pb::HoldSeatsRequest { quantity: 1, ..seats(&named, &["A-1"]) };
        let nobody = pb::HoldSeatsRequest { booking_id: "x".to_owned(), ..quantity(&general, 1) };

        let invalid = Code::InvalidArgument;
        for (request, code, reason, fields) in [
            (quantity(&unknown, 1), Code::NotFound, "SHOWING_NOT_FOUND", vec![]),
            (seats(&named, &["A-11"]), invalid, "SEAT_UNKNOWN", vec!["showing.seats"]),
            (seats(&named, &["A\0", "A-1"]), invalid, "SEAT_UNKNOWN", vec!["showing.seats"]),
            (seats(&named, &["A-1", "A-1"]), invalid, "SEAT_REPEATED", vec!["showing.seats"]),
            (quantity(&named, 1), invalid, "SEATS_REQUIRED", vec!["showing.seats"]),
            (seats(&general, &["A-1"]), invalid, "QUANTITY_REQUIRED", vec!["showing.quantity"]),
            (quantity(&general, 0), invalid, "NOTHING_ASKED", vec!["showing.quantity"]),
            (quantity(&general, 1_001), invalid, "TOO_MANY_SEATS", vec!["showing.seats"]),
            (both, invalid, "SEATS_AND_QUANTITY", vec!["showing.seats"]),
            (quantity(&general, -1), invalid, "INVALID_FIELD", vec!["quantity"]),
            (seats(&named, &thousand), invalid, "INVALID_FIELD", vec!["seats"]),
            (nobody, invalid, "INVALID_FIELD", vec!["booking_id"]),
        ] {
            let fields: Vec<String> = fields.into_iter().map(str::to_owned).collect();
            let refused = refusal(sandbox.hold(request.clone()).await);
            assert_eq!(refused, (code, reason.to_owned(), fields), "{}: {request:?}", sandbox.name);
        }
        assert_eq!(sandbox.count("holds").await, 0);
        assert_eq!(sandbox.count("outbox WHERE name LIKE '%.Seats%'").await, 0);
    }

    async fn only_services_hold_seats(sandbox: Sandbox) {
        let showing_id = sandbox.general(10).await.showing_id;
        let channel = format!("http://{}", sandbox.address);
        let channel = tonic::transport::Endpoint::new(channel).unwrap().connect().await.unwrap();
        let mut client = pb::seat_hold_service_client::SeatHoldServiceClient::new(channel);
        for (token, code) in [
            (None, Code::Unauthenticated),
            (Some(boxoffice_runtime::Role::Customer), Code::PermissionDenied),
            (Some(boxoffice_runtime::Role::Admin), Code::PermissionDenied),
        ] {
            let mut request = tonic::Request::new(quantity(&showing_id, 1));
            if let Some(role) = token {
                let bearer = format!("Bearer {}", sandbox.token(role)).parse().unwrap();
                request.metadata_mut().insert("authorization", bearer);
            }
            assert_eq!(client.hold_seats(request).await.unwrap_err().code(), code);
        }
        assert_eq!(sandbox.count("holds").await, 0);
    }

    async fn confirmed_is_sold_and_cancelled_is_free_again(sandbox: Sandbox) {
        let showing_id = sandbox.rows(&["A"]).await.showing_id;
        let request = seats(&showing_id, &["A-1", "A-2"]);
        sandbox.hold(request.clone()).await.unwrap();
        let (sale, release) = (confirmed(&request), cancelled(&request));

        // Each comes twice; each has its effect once.
        sandbox.say(&[sale]).await;
        sandbox.heard().await;
        let showing = sandbox.showing(&showing_id).await;
        assert_eq!((showing.seats_held, showing.seats_sold, showing.seats_left), (0, 2, 8));
        sandbox.say(&[confirmed(&request), release.clone(), cancelled(&request)]).await;
        sandbox.heard().await;
        let showing = sandbox.showing(&showing_id).await;
        assert_eq!((showing.seats_held, showing.seats_sold, showing.seats_left), (0, 0, 10));

        assert_eq!(sandbox.count("outbox WHERE name LIKE '%.SeatsSold'").await, 1);
        assert_eq!(sandbox.count("outbox WHERE name LIKE '%.SeatsReleased'").await, 1);
        let refused = refusal(sandbox.hold(request).await);
        assert_eq!(refused, (Code::FailedPrecondition, "BOOKING_CLOSED".to_owned(), none()));
        sandbox.hold(seats(&showing_id, &["A-1", "A-2"])).await.unwrap();
        sandbox.audit().await;
    }

    async fn a_release_before_its_hold_leaves_a_mark(sandbox: Sandbox) {
        let showing_id = sandbox.general(10).await.showing_id;
        let [rejected, expired, cancelled_] = [(); 3].map(|()| quantity(&showing_id, 1));
        let rejection = booking::BookingRejected {
            booking_id: rejected.booking_id.clone(),
            showing_id: showing_id.clone(),
            ..booking::BookingRejected::default()
        };
        let expiry = booking::BookingExpired {
            booking_id: expired.booking_id.clone(),
            showing_id: showing_id.clone(),
            ..booking::BookingExpired::default()
        };
        sandbox
            .say(&[
                said(Context::BOOKING, &rejected.booking_id, 2, &rejection),
                said(Context::BOOKING, &expired.booking_id, 3, &expiry),
                cancelled(&cancelled_),
            ])
            .await;
        sandbox.heard().await;
        for late in [rejected, expired, cancelled_] {
            let refused = refusal(sandbox.hold(late).await);
            assert_eq!(refused, (Code::FailedPrecondition, "BOOKING_CLOSED".to_owned(), none()));
        }
        assert_eq!(sandbox.showing(&showing_id).await.seats_left, 10);
        assert_eq!(sandbox.count("holds WHERE state = 'closed'").await, 3);
        sandbox.audit().await;
    }

    async fn a_film_at_home_has_no_seats(sandbox: Sandbox) {
        let booking_id = Uuid::now_v7().to_string();
        let title_id = Uuid::now_v7().to_string();
        let confirmed = booking::BookingConfirmed {
            booking_id: booking_id.clone(),
            item: Some(booking::booking_confirmed::Item::HomeMovie(booking::HomeMovie { title_id })),
            ..booking::BookingConfirmed::default()
        };
        let cancelled = booking::BookingCancelled {
            booking_id: booking_id.clone(),
            ..booking::BookingCancelled::default()
        };
        sandbox
            .say(&[
                said(Context::BOOKING, &booking_id, 3, &confirmed),
                said(Context::BOOKING, &booking_id, 4, &cancelled),
            ])
            .await;
        sandbox.heard().await;
        assert_eq!(sandbox.count("holds").await, 0);
        assert_eq!(sandbox.count("dead_letters").await, 0);
    }

    async fn confirmed_after_it_closed_is_an_alarm_and_confirmed_before_is_not(sandbox: Sandbox) {
        let showing_id = sandbox.general(10).await.showing_id;
        let (late, never) = (quantity(&showing_id, 1), quantity(&showing_id, 1));
        for request in [&late, &never] {
            sandbox.hold(request.clone()).await.unwrap();
            sandbox.say(&[cancelled(request)]).await;
        }
        // Version 3, delivered after version 4: too late, and nothing to do. Version 5: impossible.
        let mut impossible = confirmed(&never);
        impossible.sequence = 5;
        sandbox.say(&[confirmed(&late), impossible]).await;
        sandbox.heard().await;

        assert_eq!(sandbox.count("dead_letters").await, 1, "{}", sandbox.name);
        let aside = "dead_letters WHERE reason = 'SOLD_AFTER_CLOSING'";
        assert_eq!(sandbox.count(aside).await, 1);
        assert_eq!(sandbox.showing(&showing_id).await.seats_left, 10);
        sandbox.audit().await;
    }

    async fn what_cannot_be_read_is_put_aside(sandbox: Sandbox) {
        let request = quantity(&sandbox.general(10).await.showing_id, 1);
        let nobody = pb::HoldSeatsRequest { showing_id: "nowhere".to_owned(), ..request.clone() };
        let mut garbled = cancelled(&request);
        garbled.payload = vec![0xff; 7].into();
        sandbox.say(&[confirmed(&nobody), garbled]).await;
        sandbox.heard().await;
        for reason in ["MALFORMED_FIELD", "UNREADABLE_EVENT"] {
            assert_eq!(sandbox.count(&format!("dead_letters WHERE reason = '{reason}'")).await, 1);
        }
        assert_eq!(sandbox.count("holds").await, 0);
    }

    async fn a_sale_finds_its_hold_if_that_comes_soon(sandbox: Sandbox) {
        let showing_id = sandbox.general(10).await.showing_id;
        let request = quantity(&showing_id, 1);
        sandbox.say(&[confirmed(&request)]).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        sandbox.hold(request).await.unwrap();
        eventually("it is sold", async || sandbox.showing(&showing_id).await.seats_sold == 1).await;
        sandbox.audit().await;
    }

    async fn a_thousand_seats_are_held_at_once(sandbox: Sandbox) {
        let rows = (0..20).map(|n| crate::sandbox::row(&format!("R{n}"), 1_000)).collect();
        let scheduling = crate::sandbox::scheduling(crate::sandbox::seat_map(rows));
        let showing = sandbox.schedule(scheduling).await.unwrap();
        assert_eq!(showing.capacity, 20_000);
        let names: Vec<String> = (1..=1_000).map(|n| format!("R7-{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // Together more seats than fit into one statement.
        let all = (0..20).map(|n| {
            let row: Vec<String> = (1..=1_000).map(|seat| format!("R{n}-{seat}")).collect();
            let row: Vec<&str> = row.iter().map(String::as_str).collect();
            sandbox.hold(seats(&showing.showing_id, &row))
        });
        for outcome in futures::future::join_all(all).await {
            assert!(matches!(outcome.unwrap(), Outcome::Held(_)));
        }
        let lost = sandbox.hold(seats(&showing.showing_id, &names)).await.unwrap();
        let Outcome::Unavailable(told) = lost else { panic!("held twice") };
        assert_eq!((told.seats.len(), told.seats_left), (1_000, 0));
        sandbox.audit().await;
    }
}
