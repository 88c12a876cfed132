//! Musical booking on Istio, the story of S4: a musical is put on, its seats have grades, rows and columns, and a seat
//! belongs to one customer alone.

mod by_json;
mod contest;
mod page;

use boxoffice_acceptance::booking::v1::{BookingState, RejectionReason};
use boxoffice_acceptance::catalog::v1::{
    Kind, ListTitlesRequest, RegisterTitleRequest, Title, TitleState, UpdateTitleRequest,
};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::seating::v1::{Row, SeatState};
use boxoffice_acceptance::wkt::{Duration, FieldMask};
use boxoffice_acceptance::{
    Context, DECLINED, Person, Plan, Refused as _, VISA, Wish, World, id, in_both, won,
};
use boxoffice_contracts::google::r#type::Date;
use tonic::{Code, Status};

const VIP: i64 = 170_000;
const R: i64 = 140_000;
const S: i64 = 110_000;

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// A musical that runs all May.
async fn musical(admin: &Person, name: &str) -> Title {
    let title = Title {
        kind: Kind::Musical.into(),
        name: name.to_owned(),
        running_time: Some(Duration { seconds: 9_000, nanos: 0 }),
        run_start: day(2027, 5, 1),
        run_end: day(2027, 5, 31),
        ..Title::default()
    };
    let request = RegisterTitleRequest { request_id: id(), title: Some(title) };
    let answer = admin.client(Context::CATALOG).catalog().register_title(request).await;
    answer.unwrap().into_inner().title.unwrap()
}

/// An evening of a musical: row A of four VIP seats, B of six of grade R, C of eight of grade S.
async fn evening(admin: &Person, musical: &Title) -> String {
    let rows = [("A", 4, "VIP"), ("B", 6, "R"), ("C", 8, "S")].map(|(label, seats, grade)| Row {
        label: label.to_owned(),
        seats,
        grade: grade.to_owned(),
        ..Row::default()
    });
    let plan = Plan::seat_map(rows.to_vec(), &[("VIP", VIP), ("R", R), ("S", S)]);
    admin.schedule(plan.of_title(&musical.title_id)).await
}

/// Changes what the mask names.
async fn edit(person: &Person, title: Title, paths: &[&str]) -> Result<Title, Status> {
    let paths = paths.iter().map(|it| (*it).to_owned()).collect();
    let request = UpdateTitleRequest { title: Some(title), update_mask: Some(FieldMask { paths }) };
    let answer = person.client(Context::CATALOG).catalog().update_title(request).await?;
    Ok(answer.into_inner().title.unwrap())
}

/// The names of the musicals that run on a day, of those with this word.
async fn on(person: &Person, word: &str, running_on: Option<Date>) -> Vec<String> {
    let request = ListTitlesRequest {
        query: word.to_owned(),
        kind: Kind::Musical.into(),
        running_on,
        ..ListTitlesRequest::default()
    };
    let answer = person.client(Context::CATALOG).catalog().list_titles(request).await;
    answer.unwrap().into_inner().titles.into_iter().map(|it| it.name).collect()
}

/// FR-06, FR-08: created, found by its days, given another name and a longer run, and deleted; by the admin alone.
async fn a_musical_is_created_edited_and_deleted(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let word = id();
    let created = musical(&admin, &format!("Hadestown {word}")).await;
    assert_eq!(on(&alice, &word, day(2027, 5, 31)).await, std::slice::from_ref(&created.name));
    assert_eq!(on(&alice, &word, day(2027, 6, 1)).await, [""; 0], "its run is over");

    let change = || Title {
        title_id: created.title_id.clone(),
        name: format!("Hadestown, prolonged {word}"),
        run_end: day(2027, 6, 30),
        ..Title::default()
    };
    let edited = edit(&admin, change(), &["name", "run_end"]).await.unwrap();
    let expected = Title { update_time: edited.update_time, ..created.clone() };
    let expected = Title { name: change().name, run_end: change().run_end, ..expected };
    assert_eq!(edited, expected, "nothing else has changed");
    assert_eq!(on(&alice, &word, day(2027, 6, 1)).await, [edited.name]);

    let backwards = Title { run_end: day(2027, 4, 30), ..change() };
    let refusal = edit(&admin, backwards, &["run_end"]).await.refused();
    assert_eq!(refusal.code, Code::InvalidArgument, "{refusal:?}");
    let film = Title { kind: Kind::Film.into(), ..change() };
    assert_eq!(edit(&admin, film, &["kind"]).await.refused().code, Code::InvalidArgument);
    let hers = edit(&alice, change(), &["name"]).await.refused();
    assert_eq!(hers.code, Code::PermissionDenied);

    let deleted = admin.remove_title(&created.title_id).await.unwrap();
    assert_eq!(deleted.state(), TitleState::Removed);
    assert_eq!(on(&alice, &word, None).await, [""; 0]);
    let refusal = edit(&admin, change(), &["name"]).await.refused();
    refusal.with(Code::FailedPrecondition, "TITLE_REMOVED");
}
in_both!(a_musical_is_created_edited_and_deleted);

/// FR-07, FR-08, FR-13, FR-23: every seat of the map has its grade, row, column, price and state; who picks three of them
/// pays the price of each.
async fn seats_have_a_grade_a_row_and_a_column(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let musical = musical(&admin, "Hadestown").await;
    let evening = evening(&admin, &musical).await;
    let map = world.nobody().seat_map(&evening).await.unwrap().seats;
    let seats: Vec<_> = map.iter().map(|it| (&*it.seat, &*it.row, it.number, &*it.grade)).collect();
    assert_eq!(seats.len(), 18);
    assert_eq!(seats[0], ("A-1", "A", 1, "VIP"));
    assert_eq!(seats[9], ("B-6", "B", 6, "R"));
    assert_eq!(seats[17], ("C-8", "C", 8, "S"));
    assert_eq!([0, 9, 17].map(|it| map[it].price.clone()), [VIP, R, S].map(|it| Some(won(it))));
    assert!(map.iter().all(|it| it.state() == SeatState::Free));

    let held = alice.place(Wish::seats(&evening, &["A-1", "B-6", "C-8"])).await.unwrap();
    assert_eq!(held.state(), BookingState::AwaitingPayment);
    assert_eq!(held.amount, Some(won(VIP + R + S)));
    for seat in ["A-1", "B-6", "C-8"] {
        assert_eq!(alice.seat(&evening, seat).await, SeatState::Held);
    }
    let paid = alice.pay(&held.booking_id, VISA).await.unwrap();
    assert_eq!(paid.state(), BookingState::Confirmed);
    alice.sees_seats(&evening, 15, 0, 3).await;
    assert_eq!(alice.seat(&evening, "B-6").await, SeatState::Sold);
    assert_eq!(alice.seat(&evening, "B-5").await, SeatState::Free);
}
in_both!(seats_have_a_grade_a_row_and_a_column);

/// A seat that is not on the map is not booked, and neither is half of a wish.
async fn a_seat_that_does_not_exist_is_not_booked(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let musical = musical(&admin, "Hadestown").await;
    let evening = evening(&admin, &musical).await;
    for seats in [["A-5", "B-1"], ["D-1", "B-1"], ["a-1", "B-1"], ["1", "B-1"]] {
        let refusal = alice.place(Wish::seats(&evening, &seats)).await.refused();
        refusal.with(Code::InvalidArgument, "SEAT_UNKNOWN").of("showing.seats");
    }
    let refusal = alice.place(Wish::seats(&evening, &["B-1", "B-1"])).await.refused();
    refusal.with(Code::InvalidArgument, "SEAT_TWICE").of("showing.seats");
    let refusal = alice.place(Wish::places(&evening, 2)).await.refused();
    refusal.with(Code::InvalidArgument, "SEATS_REQUIRED").of("showing.seats");
    alice.sees_seats(&evening, 18, 0, 0).await;
}
in_both!(a_seat_that_does_not_exist_is_not_booked);

/// FR-20, FR-22, NFR-02: the payment API says no: so does the answer, in its words, and the seat is on sale again.
async fn a_card_the_payment_api_declines_buys_no_seat(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let musical = musical(&admin, "Hadestown").await;
    let evening = evening(&admin, &musical).await;
    let wish = Wish::seats(&evening, &["A-2"]);
    let declined = alice.place(wish.clone().paid_by(DECLINED)).await.unwrap();
    assert_eq!(declined.state(), BookingState::Rejected);
    let rejection = declined.rejection.unwrap();
    assert_eq!(rejection.reason(), RejectionReason::PaymentDeclined);
    assert_eq!(rejection.provider_reason, "card_declined");
    alice.sees_payments(&declined.booking_id, &[Money::Declined]).await;
    alice.sees_seats(&evening, 18, 0, 0).await;
    bob.buy(wish.under(&id()).paid_by(VISA)).await;
}
in_both!(a_card_the_payment_api_declines_buys_no_seat);
