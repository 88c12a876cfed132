//! Showings and halls over the wire.

use boxoffice_contracts::seating::v1 as pb;
use boxoffice_contracts::seating::v1::schedule_showing_request::Admission;
use boxoffice_runtime::Role;
use boxoffice_testkit::on_every_store;
use futures::future::join_all;
use tonic::Code;
use uuid::Uuid;

use crate::sandbox::{Sandbox, general, grade, in_hours, quantity, refusal, row, scheduling, won};

fn grand_theatre() -> pb::Hall {
    let vip = pb::Row { grade: "VIP".to_owned(), accessible: vec![1], curve: 20, ..row("A", 8) };
    let pillar = pb::Row { blocked: vec![4, 5], ..row("B", 8) };
    pb::Hall {
        hall_id: "grand-theatre".to_owned(),
        name: "Grand Theatre, Hall 1".to_owned(),
        rows: vec![vip, pillar],
    }
}

fn in_hall(hall_id: &str) -> Admission {
    Admission::SeatMap(pb::SeatMap {
        hall_id: hall_id.to_owned(),
        rows: vec![],
        prices: vec![grade("VIP", 150_000), grade("R", 90_000)],
    })
}

async fn save(sandbox: &Sandbox, hall: pb::Hall) -> pb::Hall {
    let request = pb::SaveHallRequest { hall: Some(hall) };
    sandbox.admin.clone().save_hall(request).await.unwrap().into_inner().hall.unwrap()
}

async fn list(sandbox: &Sandbox, request: pb::ListShowingsRequest) -> pb::ListShowingsResponse {
    sandbox.anyone.clone().list_showings(request).await.unwrap().into_inner()
}

on_every_store! {
    async fn a_hall_is_given_once_and_used_by_many_showings(sandbox: Sandbox) {
        let hall = grand_theatre();
        assert_eq!(save(&sandbox, hall.clone()).await, hall);
        let request = pb::GetHallRequest { hall_id: hall.hall_id.clone() };
        let got = sandbox.anyone.clone().get_hall(request).await.unwrap().into_inner();
        assert_eq!(got.hall, Some(hall.clone()));

        let unnamed = |venue: &str| pb::ScheduleShowingRequest {
            venue: venue.to_owned(),
            ..scheduling(in_hall("grand-theatre"))
        };
        let first = sandbox.schedule(unnamed("")).await.unwrap();
        assert_eq!(first.venue, hall.name);
        assert_eq!((first.capacity, first.seats_left, first.seat_map), (14, 14, true));
        assert_eq!(first.prices, [grade("VIP", 150_000), grade("R", 90_000)]);

        let smaller = pb::Hall { rows: hall.rows[1..].to_vec(), ..hall.clone() };
        save(&sandbox, smaller).await;
        let mut second = unnamed("Elsewhere");
        let refused = refusal(sandbox.schedule(second.clone()).await);
        assert_eq!((refused.0, refused.1.as_str()), (Code::InvalidArgument, "GRADE_UNKNOWN"));
        let Some(Admission::SeatMap(seat_map)) = &mut second.admission else { unreachable!() };
        seat_map.prices.remove(0);
        let second = sandbox.schedule(second).await.unwrap();
        assert_eq!((second.venue.as_str(), second.capacity), ("Elsewhere", 6));

        let seats = sandbox.map(&first.showing_id).await.seats;
        assert_eq!(seats.len(), 16, "the earlier showing keeps the layout it was sold with");
        let a1 = pb::Seat {
            seat: "A-1".to_owned(),
            row: "A".to_owned(),
            number: 1,
            grade: "VIP".to_owned(),
            price: won(150_000),
            accessible: true,
            state: pb::SeatState::Free.into(),
            curve: 20,
        };
        assert_eq!(seats[0], a1);
        assert_eq!(seats[11].seat, "B-4");
        assert_eq!(seats[11].state(), pb::SeatState::Blocked);
    }

    async fn the_same_request_schedules_once(sandbox: Sandbox) {
        let request = scheduling(general(10));
        let answers = join_all((0..20).map(|_| sandbox.schedule(request.clone()))).await;
        let first = answers[0].clone().unwrap();
        assert!(answers.into_iter().all(|it| it.unwrap() == first));
        assert_eq!(sandbox.count("showings").await, 1);
        assert_eq!(sandbox.count("outbox").await, 1);

        let other = pb::ScheduleShowingRequest { venue: "Other".to_owned(), ..request };
        let refused = refusal(sandbox.schedule(other).await);
        let expected = ["request_id".to_owned()].to_vec();
        assert_eq!(refused, (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned(), expected));
    }

    async fn seats_left_are_seen_before_and_after(sandbox: Sandbox) {
        let showing_id = sandbox.general(120).await.showing_id;
        assert_eq!(sandbox.showing(&showing_id).await.seats_left, 120);
        let hold = quantity(&showing_id, 4);
        sandbox.hold(hold.clone()).await.unwrap();
        assert_eq!(sandbox.showing(&showing_id).await.seats_left, 116);
        sandbox.say(&[crate::sandbox::cancelled(&hold)]).await;
        sandbox.heard().await;
        assert_eq!(sandbox.showing(&showing_id).await.seats_left, 120);
    }

    async fn a_showing_is_moved_and_cancelled_until_it_starts(sandbox: Sandbox) {
        let mut admin = sandbox.admin.clone();
        let showing = sandbox.general(10).await;
        let moving = pb::RescheduleShowingRequest {
            showing_id: showing.showing_id.clone(),
            start_time: in_hours(5),
            end_time: in_hours(7),
        };
        for _ in 0..2 {
            let moved = admin.reschedule_showing(moving.clone()).await.unwrap().into_inner();
            let moved = moved.showing.unwrap();
            assert_eq!(moved.title_id, showing.title_id);
            assert!(moved.start_time != showing.start_time);
        }
        let cancelling = pb::CancelShowingRequest { showing_id: showing.showing_id.clone() };
        for _ in 0..2 {
            let answer = admin.cancel_showing(cancelling.clone()).await.unwrap().into_inner();
            assert_eq!(answer.showing.unwrap().state(), pb::ShowingState::Cancelled);
        }
        let refused = refusal(admin.reschedule_showing(moving).await);
        assert_eq!(
            (refused.0, refused.1.as_str()),
            (Code::FailedPrecondition, "SHOWING_CANCELLED")
        );
        let refused = refusal(sandbox.hold(quantity(&showing.showing_id, 1)).await);
        assert_eq!(
            (refused.0, refused.1.as_str()),
            (Code::FailedPrecondition, "SHOWING_CANCELLED")
        );
        assert_eq!(sandbox.count("outbox").await, 3, "scheduled, moved, cancelled: each once");
    }

    async fn what_has_started_is_neither_sold_nor_moved_nor_cancelled(sandbox: Sandbox) {
        let mut admin = sandbox.admin.clone();
        let now = boxoffice_kernel::Clock.now();
        let soon = now + chrono::TimeDelta::milliseconds(700);
        let request = pb::ScheduleShowingRequest {
            start_time: Some(soon.into()),
            end_time: Some((soon + chrono::TimeDelta::seconds(2)).into()),
            ..scheduling(general(10))
        };
        let showing_id = sandbox.schedule(request).await.unwrap().showing_id;
        sandbox.hold(quantity(&showing_id, 1)).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(900)).await;

        let moving = pb::RescheduleShowingRequest {
            showing_id: showing_id.clone(),
            start_time: in_hours(5),
            end_time: in_hours(7),
        };
        let cancelling = pb::CancelShowingRequest { showing_id: showing_id.clone() };
        for refused in [
            refusal(sandbox.hold(quantity(&showing_id, 1)).await),
            refusal(admin.reschedule_showing(moving).await),
            refusal(admin.cancel_showing(cancelling).await),
        ] {
            assert_eq!((refused.0, refused.1.as_str()), (Code::FailedPrecondition, "SHOWING_STARTED"));
        }
    }

    async fn pages_hold_every_showing_once_in_the_order_of_their_starts(sandbox: Sandbox) {
        let title_id = Uuid::now_v7().to_string();
        let mut expected = Vec::new();
        for n in 0..23_i64 {
            // Two at a time begin together; one in three is of another title.
            let mine = n % 3 != 0;
            let request = pb::ScheduleShowingRequest {
                title_id: if mine { title_id.clone() } else { Uuid::now_v7().to_string() },
                start_time: Some(moment(n / 2)),
                end_time: Some(moment(n / 2 + 1)),
                ..scheduling(general(10))
            };
            let showing = sandbox.schedule(request).await.unwrap();
            if mine {
                expected.push((showing.start_time.unwrap().seconds, showing.showing_id));
            }
        }
        expected.sort();
        let all = pb::ListShowingsRequest { title_id: title_id.clone(), ..Default::default() };
        for page_size in [1, 2, 5, 200] {
            let (mut found, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = pb::ListShowingsRequest { page_size, page_token, ..all.clone() };
                let page = list(&sandbox, request).await;
                assert!(page.showings.len() <= page_size as usize);
                found.extend(page.showings);
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            let found: Vec<_> = found
                .into_iter()
                .map(|it| (it.start_time.unwrap().seconds, it.showing_id))
                .collect();
            assert_eq!(found, expected, "{page_size} a page on {}", sandbox.name);
        }

        let within = pb::ListShowingsRequest {
            start_from: Some(moment(3)),
            start_before: Some(moment(6)),
            ..all.clone()
        };
        let range = moment(3).seconds..moment(6).seconds;
        let expected: Vec<_> = expected.iter().filter(|it| range.contains(&it.0)).collect();
        assert!(!expected.is_empty());
        assert_eq!(list(&sandbox, within.clone()).await.showings.len(), expected.len());

        let showing_id = expected[0].1.clone();
        sandbox
            .admin
            .clone()
            .cancel_showing(pb::CancelShowingRequest { showing_id })
            .await
            .unwrap();
        assert_eq!(list(&sandbox, within.clone()).await.showings.len(), expected.len() - 1);
        let with_cancelled = pb::ListShowingsRequest { show_cancelled: true, ..within };
        assert_eq!(list(&sandbox, with_cancelled).await.showings.len(), expected.len());
    }
}

/// `n` hours after the day after tomorrow's beginning.
fn moment(n: i64) -> boxoffice_contracts::wkt::Timestamp {
    let day = 24 * 60 * 60;
    let midnight = boxoffice_kernel::Clock.now().timestamp() / day * day + 2 * day;
    boxoffice_contracts::wkt::Timestamp { seconds: midnight + n * 3_600, nanos: 0 }
}

on_every_store! {
    async fn curl_sees_what_grpcurl_sees(sandbox: Sandbox) {
        let base = format!("http://{}", sandbox.address);
        // The runtime's own HTTP client brings TLS without a provider into every build.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let token = sandbox.token(Role::Admin);
        let hall = serde_json::json!({
            "name": "Studio",
            "rows": [{ "label": "A", "seats": 2, "grade": "R" }],
        });
        let answer = http.put(format!("{base}/v1/halls/studio")).bearer_auth(&token).json(&hall);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());

        let showing = serde_json::json!({
            "requestId": Uuid::now_v7(),
            "titleId": Uuid::now_v7(),
            "startTime": (boxoffice_kernel::Clock.now() + chrono::TimeDelta::hours(1)).to_rfc3339(),
            "endTime": (boxoffice_kernel::Clock.now() + chrono::TimeDelta::hours(2)).to_rfc3339(),
            "seatMap": {
                "hallId": "studio",
                "prices": [{ "grade": "R", "price": { "currencyCode": "EUR", "units": "12", "nanos": 500_000_000 } }],
            },
        });
        let answer = http.post(format!("{base}/v1/showings")).bearer_auth(&token).json(&showing);
        let answer: serde_json::Value = answer.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["showing"]["venue"], "Studio", "{answer}");
        let showing_id = answer["showing"]["showingId"].as_str().unwrap();

        let map = http.get(format!("{base}/v1/showings/{showing_id}/seats")).send().await.unwrap();
        let map: serde_json::Value = map.json().await.unwrap();
        assert_eq!(map["seats"][1]["seat"], "A-2", "{map}");
        assert_eq!(map["seats"][1]["state"], "SEAT_STATE_FREE");
        assert_eq!(map["seats"][1]["price"]["nanos"], 500_000_000);

        let unknown = http.get(format!("{base}/v1/showings/{}", Uuid::now_v7())).send().await.unwrap();
        assert_eq!(unknown.status(), 404);
        assert!(unknown.text().await.unwrap().contains("SHOWING_NOT_FOUND"));
        let denied = http.post(format!("{base}/v1/showings")).json(&showing).send().await.unwrap();
        assert_eq!(denied.status(), 401);
    }
}
