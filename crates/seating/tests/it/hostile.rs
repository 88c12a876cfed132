//! What nobody should send: one typed error each, and nothing written.

use boxoffice_contracts::google::r#type::Money;
use boxoffice_contracts::seating::v1 as pb;
use boxoffice_contracts::seating::v1::schedule_showing_request::Admission;
use boxoffice_testkit::on_every_store;
use tonic::Code;
use uuid::Uuid;

use crate::sandbox::{Sandbox, general, grade, in_hours, refusal, row, scheduling, seat_map, won};

type Request = pb::ScheduleShowingRequest;
type Spoil = fn(&mut Request);

fn the_general(request: &mut Request) -> &mut pb::GeneralAdmission {
    request.admission = Some(general(10));
    match &mut request.admission {
        Some(Admission::GeneralAdmission(general)) => general,
        _ => unreachable!(),
    }
}

fn the_map(request: &mut Request) -> &mut pb::SeatMap {
    match &mut request.admission {
        Some(Admission::SeatMap(seat_map)) => seat_map,
        _ => unreachable!(),
    }
}

fn the_row(request: &mut Request) -> &mut pb::Row {
    &mut the_map(request).rows[0]
}

fn money(currency: &str, units: i64, nanos: i32) -> Option<Money> {
    Some(Money { currency_code: currency.to_owned(), units, nanos })
}

/// What spoils a good request of a seat map, the reason and the field at fault.
const SPOILED: &[(Spoil, &str, &str)] = &[
    (|it| it.request_id = "1".to_owned(), "INVALID_FIELD", "request_id"),
    (|it| it.request_id = String::new(), "INVALID_FIELD", "request_id"),
    (|it| it.title_id = "1".to_owned(), "INVALID_FIELD", "title_id"),
    (|it| it.venue = String::new(), "VENUE_REQUIRED", "venue"),
    (|it| it.venue = " \t".to_owned(), "VENUE_REQUIRED", "venue"),
    (|it| it.venue = "a\0b".to_owned(), "MALFORMED_FIELD", "venue"),
    (|it| it.venue = "v".repeat(201), "INVALID_FIELD", "venue"),
    (|it| it.start_time = None, "INVALID_FIELD", "start_time"),
    (|it| it.end_time = None, "INVALID_FIELD", "end_time"),
    (|it| it.start_time = in_hours(-1), "START_IN_PAST", "start_time"),
    (|it| it.end_time = it.start_time, "END_BEFORE_START", "end_time"),
    (|it| it.end_time = in_hours(2), "END_BEFORE_START", "end_time"),
    (|it| it.end_time = in_hours(28), "SHOWING_TOO_LONG", "end_time"),
    (|it| it.start_time.as_mut().unwrap().seconds = i64::MAX, "INVALID_FIELD", "start_time"),
    (|it| it.end_time.as_mut().unwrap().nanos = -1, "MALFORMED_FIELD", "end_time"),
    (|it| it.admission = None, "INVALID_FIELD", "admission"),
    (|it| the_general(it).capacity = 0, "INVALID_FIELD", "general_admission.capacity"),
    (|it| the_general(it).capacity = -5, "INVALID_FIELD", "general_admission.capacity"),
    (
        |it| the_general(it).capacity = 1_000_001,
        "CAPACITY_OUT_OF_RANGE",
        "general_admission.capacity",
    ),
    (|it| the_general(it).price = None, "INVALID_FIELD", "general_admission.price"),
    (|it| the_general(it).price = money("XXX", 1, 0), "MALFORMED_FIELD", "general_admission.price"),
    (
        |it| the_general(it).price = money("KRW", -1, 0),
        "MALFORMED_FIELD",
        "general_admission.price",
    ),
    (|it| the_general(it).price = money("KRW", 1, 1), "MALFORMED_FIELD", "general_admission.price"),
    (|it| the_map(it).rows.clear(), "HALL_OR_ROWS", "seat_map.hall_id"),
    (|it| the_map(it).hall_id = "hall".to_owned(), "HALL_OR_ROWS", "seat_map.hall_id"),
    (|it| the_map(it).prices.clear(), "INVALID_FIELD", "seat_map.prices"),
    (|it| the_map(it).prices.push(grade("R", 1)), "GRADE_REPEATED", "seat_map.prices"),
    (|it| the_map(it).prices.push(grade("S", 1)), "GRADE_UNKNOWN", "seat_map.prices"),
    (|it| the_row(it).grade = "S".to_owned(), "GRADE_WITHOUT_PRICE", "seat_map.prices"),
    (
        |it| {
            the_row(it).grade = "S".to_owned();
            let mut euros = grade("S", 1);
            euros.price = money("EUR", 1, 0);
            the_map(it).prices.push(euros);
        },
        "CURRENCIES_MIXED",
        "seat_map.prices",
    ),
    (|it| the_map(it).rows.push(row("a", 1)), "ROW_REPEATED", "seat_map.rows"),
    (|it| the_row(it).label = "A-1".to_owned(), "INVALID_FIELD", "seat_map.rows[0].label"),
    (|it| the_row(it).label = "ABCDEFGHI".to_owned(), "INVALID_FIELD", "seat_map.rows[0].label"),
    (|it| the_row(it).seats = 0, "INVALID_FIELD", "seat_map.rows[0].seats"),
    (|it| the_row(it).seats = 1_001, "INVALID_FIELD", "seat_map.rows[0].seats"),
    (|it| the_row(it).grade = String::new(), "INVALID_FIELD", "seat_map.rows[0].grade"),
    (|it| the_row(it).grade = "R\0".to_owned(), "MALFORMED_FIELD", "seat_map.rows[0].grade"),
    (|it| the_row(it).curve = 181, "INVALID_FIELD", "seat_map.rows[0].curve"),
    (|it| the_row(it).curve = -1, "INVALID_FIELD", "seat_map.rows[0].curve"),
    (|it| the_row(it).blocked = vec![11], "NUMBER_OUTSIDE_ROW", "seat_map.rows"),
    (|it| the_row(it).accessible = vec![0], "NUMBER_OUTSIDE_ROW", "seat_map.rows"),
    (|it| the_row(it).blocked = vec![-1], "MALFORMED_FIELD", "seat_map.rows[0].blocked"),
    (|it| the_row(it).blocked = (1..=10).collect(), "LAYOUT_EMPTY", "seat_map.rows"),
    (
        |it| the_map(it).rows = (0..21).map(|n| row(&format!("R{n}"), 1_000)).collect(),
        "LAYOUT_TOO_LARGE",
        "seat_map.rows",
    ),
];

on_every_store! {
    async fn an_unsound_showing_is_not_scheduled(sandbox: Sandbox) {
        for (n, (spoil, reason, field)) in SPOILED.iter().enumerate() {
            let mut request = scheduling(seat_map(vec![row("A", 10)]));
            spoil(&mut request);
            let refused = refusal(sandbox.schedule(request).await);
            let expected = (Code::InvalidArgument, (*reason).to_owned(), vec![(*field).to_owned()]);
            assert_eq!(refused, expected, "case {n} on {}", sandbox.name);
        }
        let hall = pb::SeatMap {
            hall_id: "nowhere".to_owned(),
            rows: vec![],
            prices: vec![grade("R", 1)],
        };
        let nowhere = scheduling(Admission::SeatMap(hall));
        let refused = refusal(sandbox.schedule(nowhere).await);
        assert_eq!((refused.0, refused.1.as_str()), (Code::NotFound, "HALL_NOT_FOUND"));
        for table in ["showings", "layouts", "titles", "outbox"] {
            assert_eq!(sandbox.count(table).await, 0, "{table}");
        }
    }

    async fn an_unsound_hall_is_not_saved(sandbox: Sandbox) {
        let sound = || pb::Hall {
            hall_id: "hall-1".to_owned(),
            name: "Hall".to_owned(),
            rows: vec![row("A", 10)],
        };
        for (hall, reason, field) in [
            (pb::Hall { hall_id: "Hall 1".to_owned(), ..sound() }, "INVALID_FIELD", "hall.hall_id"),
            (pb::Hall { hall_id: String::new(), ..sound() }, "INVALID_FIELD", "hall.hall_id"),
            (pb::Hall { name: String::new(), ..sound() }, "INVALID_FIELD", "hall.name"),
            (pb::Hall { name: " ".to_owned(), ..sound() }, "MALFORMED_FIELD", "hall.name"),
            (pb::Hall { rows: vec![], ..sound() }, "LAYOUT_EMPTY", "hall.rows"),
            (pb::Hall { rows: vec![row("A", 1); 2], ..sound() }, "ROW_REPEATED", "hall.rows"),
        ] {
            let request = pb::SaveHallRequest { hall: Some(hall) };
            let refused = refusal(sandbox.admin.clone().save_hall(request).await);
            let expected = (Code::InvalidArgument, reason.to_owned(), vec![field.to_owned()]);
            assert_eq!(refused, expected);
        }
        assert_eq!(sandbox.count("halls").await, 0);
    }

    async fn unknown_and_malformed_ids_are_told_apart(sandbox: Sandbox) {
        let unknown = Uuid::now_v7().to_string();
        for (showing_id, code, reason) in [
            (unknown.as_str(), Code::NotFound, "SHOWING_NOT_FOUND"),
            ("nope", Code::InvalidArgument, "INVALID_FIELD"),
            ("", Code::InvalidArgument, "INVALID_FIELD"),
        ] {
            let showing_id = showing_id.to_owned();
            let (mut admin, mut anyone) = (sandbox.admin.clone(), sandbox.anyone.clone());
            let moving = pb::RescheduleShowingRequest {
                showing_id: showing_id.clone(),
                start_time: in_hours(1),
                end_time: in_hours(2),
            };
            let cancelling = pb::CancelShowingRequest { showing_id: showing_id.clone() };
            let getting = pb::GetShowingRequest { showing_id: showing_id.clone() };
            let mapping = pb::GetSeatMapRequest { showing_id: showing_id.clone() };
            let watching = pb::WatchSeatMapRequest { showing_id, resume_token: String::new() };
            for refused in [
                refusal(admin.reschedule_showing(moving).await),
                refusal(admin.cancel_showing(cancelling).await),
                refusal(anyone.get_showing(getting).await),
                refusal(anyone.get_seat_map(mapping).await),
                refusal(anyone.watch_seat_map(watching).await),
            ] {
                assert_eq!((refused.0, refused.1.as_str()), (code, reason));
            }
        }
        for (hall_id, code) in [("nowhere", Code::NotFound), ("A\0", Code::InvalidArgument)] {
            let request = pb::GetHallRequest { hall_id: hall_id.to_owned() };
            assert_eq!(refusal(sandbox.anyone.clone().get_hall(request).await).0, code);
        }
    }

    async fn lists_take_no_nonsense(sandbox: Sandbox) {
        let sound = pb::ListShowingsRequest::default;
        for (request, field) in [
            (pb::ListShowingsRequest { title_id: "x".to_owned(), ..sound() }, "title_id"),
            (pb::ListShowingsRequest { page_size: -1, ..sound() }, "page_size"),
            (pb::ListShowingsRequest { page_token: "x".to_owned(), ..sound() }, "page_token"),
        ] {
            let refused = refusal(sandbox.anyone.clone().list_showings(request).await);
            assert_eq!((refused.0, refused.2), (Code::InvalidArgument, vec![field.to_owned()]));
        }
        for _ in 0..2 {
            sandbox.general(1).await;
        }
        let first = pb::ListShowingsRequest { page_size: 1, ..sound() };
        let page = sandbox.anyone.clone().list_showings(first).await.unwrap().into_inner();
        let other_filters = pb::ListShowingsRequest {
            show_cancelled: true,
            page_token: page.next_page_token,
            ..sound()
        };
        let refused = refusal(sandbox.anyone.clone().list_showings(other_filters).await);
        assert_eq!((refused.0, refused.1.as_str()), (Code::InvalidArgument, "INVALID_PAGE_TOKEN"));
    }

    async fn a_price_beyond_reason_is_refused_when_it_is_added_up(sandbox: Sandbox) {
        let mut request = scheduling(general(10));
        the_general(&mut request).price = won(1_000_000_000);
        let showing_id = sandbox.schedule(request).await.unwrap().showing_id;
        let refused = refusal(sandbox.hold(crate::sandbox::quantity(&showing_id, 2)).await);
        assert_eq!((refused.0, refused.1.as_str()), (Code::InvalidArgument, "AMOUNT_TOO_LARGE"));
    }
}
