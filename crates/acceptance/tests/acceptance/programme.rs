//! The box office's side: titles, halls, showings, and what customers see of them.

use std::time::Duration;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::catalog::v1::{
    GetTitleRequest, ListTitlesRequest, RemoveTitleRequest, Title, TitleState, UpdateTitleRequest,
};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::seating::v1::{
    CancelShowingRequest, GetHallRequest, Hall, ListShowingsRequest, RescheduleShowingRequest, Row,
    SaveHallRequest, SeatState, ShowingState, WatchSeatMapRequest, WatchSeatMapResponse,
};
use boxoffice_acceptance::{
    Context, Person, Plan, Refused as _, VISA, Wish, World, eventually, id, in_both, in_future,
};
use boxoffice_contracts::wkt::FieldMask;
use tonic::{Code, Streaming};

/// FR-01, FR-02, FR-06, FR-08: a film is registered, found by its words, renamed and removed.
async fn a_title_is_registered_found_changed_and_removed(world: World) {
    let (admin, anyone) = (world.admin(), world.nobody());
    let unique = id();
    let film = admin.register_film(&format!("The Lighthouse Keeper {unique}")).await;
    assert_eq!(film.rating.unwrap_or_default().count, 0);

    let found = search(&anyone, &format!("LIGHTHOUSE {unique}")).await;
    assert_eq!(found.iter().map(|it| &it.title_id).collect::<Vec<_>>(), [&film.title_id]);

    let title = Title {
        title_id: film.title_id.clone(),
        name: format!("Storm {unique}"),
        ..Title::default()
    };
    let update_mask = Some(FieldMask { paths: vec!["name".to_owned()] });
    let request = UpdateTitleRequest { title: Some(title), update_mask };
    admin.client(Context::CATALOG).catalog().update_title(request).await.unwrap();
    assert_eq!(search(&anyone, &format!("storm {unique}")).await.len(), 1);

    let request = RemoveTitleRequest { title_id: film.title_id.clone() };
    admin.client(Context::CATALOG).catalog().remove_title(request).await.unwrap();
    assert_eq!(search(&anyone, &unique).await, []);
    let request = GetTitleRequest { title_id: film.title_id };
    let removed = anyone.client(Context::CATALOG).catalog().get_title(request).await.unwrap();
    assert_eq!(removed.into_inner().title.unwrap().state(), TitleState::Removed);
}
in_both!(a_title_is_registered_found_changed_and_removed);

/// D-9: removing a title cancels its showings, their bookings, and gives the money back.
async fn a_removed_title_takes_its_showings_and_bookings_with_it(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let film = admin.register_film("The Last Reel").await;
    let showing = admin.schedule(Plan::general(10, 9_000).of_title(&film.title_id)).await;
    let booking = alice.buy(Wish::places(&showing, 2).paid_by(VISA)).await;

    let request = RemoveTitleRequest { title_id: film.title_id.clone() };
    admin.client(Context::CATALOG).catalog().remove_title(request).await.unwrap();
    alice.sees(&booking.booking_id, BookingState::Cancelled).await;
    alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
    let now = alice.showing(&showing).await.unwrap();
    assert_eq!(now.state(), ShowingState::Cancelled);
    let again = Plan::general(10, 9_000).of_title(&film.title_id).request();
    let answer = admin.client(Context::SEATING).seating().schedule_showing(again).await;
    assert_eq!(answer.refused().code, Code::FailedPrecondition);
}
in_both!(a_removed_title_takes_its_showings_and_bookings_with_it);

/// FR-07: a hall's layout is given once and used by many showings.
async fn a_hall_is_saved_once_and_used_again(world: World) {
    let admin = world.admin();
    let hall_id = format!("hall-{}", &id()[..8]);
    let row = |label: &str, blocked: Vec<i32>| Row {
        label: label.to_owned(),
        seats: 5,
        grade: "R".to_owned(),
        blocked,
        accessible: vec![5],
        curve: 12,
    };
    let hall = Hall {
        hall_id: hall_id.clone(),
        name: "Orpheum".to_owned(),
        rows: vec![row("A", vec![3]), row("B", vec![])],
    };
    let request = SaveHallRequest { hall: Some(hall.clone()) };
    admin.client(Context::SEATING).seating().save_hall(request).await.unwrap();
    let request = GetHallRequest { hall_id: hall_id.clone() };
    let saved = admin.client(Context::SEATING).seating().get_hall(request).await.unwrap();
    assert_eq!(saved.into_inner().hall.unwrap(), hall);

    for _ in 0..2 {
        let showing = admin.schedule(Plan::hall(&hall_id, &[("R", 30_000)])).await;
        let map = admin.seat_map(&showing).await.unwrap();
        assert_eq!((map.seats.len(), map.showing.unwrap().capacity), (10, 9));
        let seat = |name: &str| map.seats.iter().find(|it| it.seat == name).unwrap();
        assert_eq!(seat("A-3").state(), SeatState::Blocked);
        assert!(seat("B-5").accessible);
        assert_eq!(seat("B-5").curve, 12);
    }
}
in_both!(a_hall_is_saved_once_and_used_again);

/// FR-08: showings are listed by title and start.
async fn showings_are_listed_by_title_and_by_start(world: World) {
    let (admin, anyone) = (world.admin(), world.nobody());
    let title_id = id();
    let mut expected = Vec::new();
    for hours in [3, 1, 2] {
        let plan = Plan::general(10, 9_000).of_title(&title_id);
        let after = Duration::from_secs(3600 * hours);
        expected.push((hours, admin.schedule(plan.starts_in(after)).await));
    }
    expected.sort();
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListShowingsRequest {
            title_id: title_id.clone(),
            page_size: 2,
            page_token,
            ..ListShowingsRequest::default()
        };
        let page = anyone.client(Context::SEATING).seating().list_showings(request).await;
        let page = page.unwrap().into_inner();
        listed.extend(page.showings.into_iter().map(|it| it.showing_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
}
in_both!(showings_are_listed_by_title_and_by_start);

/// FR-17: the stream begins with the whole map, tells every change, and goes on after a break where it ended.
async fn a_seat_map_is_watched_and_taken_up_again(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::rows(2, 5, 9_000)).await;
    let mut watched = watch(&alice, &showing, "").await;
    let first = watched.message().await.unwrap().unwrap();
    assert_eq!(first.seats.len(), 10);

    let booking = alice.buy(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await;
    let last = until(&mut watched, "A-1", SeatState::Sold).await;
    assert!(last.seats.len() < 10, "only what changed: {last:?}");
    drop(watched);

    alice.cancel(&booking.booking_id).await.unwrap();
    alice.sees_seats(&showing, 10, 0, 0).await;
    let mut again = watch(&alice, &showing, &last.resume_token).await;
    let missed = until(&mut again, "A-1", SeatState::Free).await;
    assert_eq!(missed.seats.len(), 1, "{missed:?}");

    let refusal = watch_refused(&alice, &showing, "nonsense").await.refused();
    refusal.with(Code::InvalidArgument, "INVALID_RESUME_TOKEN").of("resume_token");
}
in_both!(a_seat_map_is_watched_and_taken_up_again);

/// FR-04: whoever booked a showing that is moved has the new time, and may cancel until then.
async fn a_moved_showing_moves_its_bookings(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(10, 9_000)).await;
    let booking = alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;

    let day = Duration::from_secs(86_400);
    let start_time = Some(in_future(day));
    let request = RescheduleShowingRequest {
        showing_id: showing.clone(),
        start_time,
        end_time: Some(in_future(day + Duration::from_secs(7200))),
    };
    let moved = admin.client(Context::SEATING).seating().reschedule_showing(request).await.unwrap();
    let moved = moved.into_inner().showing.unwrap().start_time;
    eventually("the booking follows", || async {
        let now = alice.get(&booking.booking_id).await.ok()?;
        (now.start_time == moved).then_some(())
    })
    .await;
    eventually("it is said", || async {
        let said = world.platform.said(Context::BOOKING).await.ok()?;
        said.iter().any(|it| it.name.ends_with("BookingRescheduled")).then_some(())
    })
    .await;
}
in_both!(a_moved_showing_moves_its_bookings);

/// D-9: a cancelled showing cancels and refunds all its bookings, however many pages of them.
async fn a_cancelled_showing_cancels_and_refunds_its_bookings(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(1_000, 9_000)).await;
    let mut bookings = Vec::new();
    for _ in 0..12 {
        bookings.push(alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await);
    }
    let held = alice.place(Wish::places(&showing, 1)).await.unwrap();

    let request = CancelShowingRequest { showing_id: showing.clone() };
    admin.client(Context::SEATING).seating().cancel_showing(request).await.unwrap();
    for booking in bookings.iter().chain([&held]) {
        alice.sees(&booking.booking_id, BookingState::Cancelled).await;
    }
    for booking in &bookings {
        alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
    }
    let refusal = alice.place(Wish::places(&showing, 1)).await.refused();
    refusal.with(Code::FailedPrecondition, "SHOWING_CANCELLED");
}
in_both!(a_cancelled_showing_cancels_and_refunds_its_bookings);

async fn search(person: &Person, query: &str) -> Vec<Title> {
    let request = ListTitlesRequest { query: query.to_owned(), ..ListTitlesRequest::default() };
    let answer = person.client(Context::CATALOG).catalog().list_titles(request).await;
    answer.unwrap().into_inner().titles
}

async fn watch(
    person: &Person,
    showing: &str,
    resume_token: &str,
) -> Streaming<WatchSeatMapResponse> {
    let request = WatchSeatMapRequest {
        showing_id: showing.to_owned(),
        resume_token: resume_token.to_owned(),
    };
    let answer = person.client(Context::SEATING).seating().watch_seat_map(request).await;
    answer.unwrap().into_inner()
}

async fn watch_refused(
    person: &Person,
    showing: &str,
    resume_token: &str,
) -> Result<Option<WatchSeatMapResponse>, tonic::Status> {
    let request = WatchSeatMapRequest {
        showing_id: showing.to_owned(),
        resume_token: resume_token.to_owned(),
    };
    let answer = person.client(Context::SEATING).seating().watch_seat_map(request).await?;
    answer.into_inner().message().await
}

async fn until(
    watched: &mut Streaming<WatchSeatMapResponse>,
    seat: &str,
    state: SeatState,
) -> WatchSeatMapResponse {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(20), watched.message()).await;
        let next = next.unwrap().unwrap().unwrap();
        if next.seats.iter().any(|it| it.seat == seat && it.state() == state) {
            return next;
        }
    }
}
