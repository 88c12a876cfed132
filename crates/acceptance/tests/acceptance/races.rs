//! Many want the same: exactly as many seats are sold as there are, and every loser is told so in their own call.

use std::collections::BTreeSet;

use boxoffice_acceptance::booking::v1::{Booking, BookingState, RejectionReason};
use boxoffice_acceptance::seating::v1::SeatState;
use boxoffice_acceptance::{Context, Person, Plan, VISA, Wish, World, in_both};
use futures::future::join_all;

const CALLERS: usize = 64;

fn crowd(world: &World) -> Vec<Person> {
    (0..CALLERS).map(|number| world.customer(&format!("caller{number}"))).collect()
}

/// FR-14, NFR-16: everyone is told the truth at once: CONFIRMED, or REJECTED for want of seats. Returns both kinds.
fn divide(answers: Vec<(Wish, Booking)>) -> (Vec<Booking>, Vec<(Wish, Booking)>) {
    let (winners, losers): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(_, it)| it.state() == BookingState::Confirmed);
    for (_, loser) in &losers {
        assert_eq!(loser.state(), BookingState::Rejected, "{loser:?}");
        let reason = loser.rejection.as_ref().unwrap().reason();
        assert_eq!(reason, RejectionReason::SeatsUnavailable, "{loser:?}");
    }
    (winners.into_iter().map(|(_, it)| it).collect(), losers)
}

/// A loser's refusal names seats, only such as were asked for.
fn names_what_was_asked((wish, loser): &(Wish, Booking)) {
    let asked = match wish.clone().request().item.unwrap() {
        boxoffice_acceptance::booking::v1::place_booking_request::Item::Showing(it) => it.seats,
        other => panic!("{other:?}"),
    };
    let named = &loser.rejection.as_ref().unwrap().seats;
    assert!(!named.is_empty(), "no seat is named: {loser:?}");
    assert!(named.iter().all(|seat| asked.contains(seat)), "{asked:?} {named:?}");
}

async fn ask(person: &Person, wish: Wish) -> (Wish, Booking) {
    let booking = person.place(wish.clone()).await.unwrap();
    (wish, booking)
}

/// No event ever said that a loser's booking was confirmed (D-7), and every winner's did.
async fn only_winners_were_confirmed(world: &World, winners: &[Booking], losers: &[Booking]) {
    world.comes_to_rest().await;
    let said = world.platform.said(Context::BOOKING).await.unwrap();
    let confirmed: BTreeSet<_> =
        said.iter().filter(|it| it.name == "BookingConfirmed").map(|it| it.about.clone()).collect();
    assert!(winners.iter().all(|it| confirmed.contains(&it.booking_id)));
    assert!(losers.iter().all(|it| !confirmed.contains(&it.booking_id)));
    assert_eq!(confirmed.len(), winners.len());
}

/// NFR-16: 64 callers want two places each of 100: 50 get them.
async fn sixty_four_callers_buy_exactly_100_places(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let crowd = crowd(&world);
    let wants = crowd.iter().map(|it| ask(it, Wish::places(&showing, 2).paid_by(VISA)));
    let (winners, losers) = divide(join_all(wants).await);
    assert_eq!((winners.len(), losers.len()), (50, 14));
    admin.sees_seats(&showing, 0, 0, 100).await;
    let losers: Vec<_> = losers.into_iter().map(|(_, it)| it).collect();
    only_winners_were_confirmed(&world, &winners, &losers).await;
}
in_both!(sixty_four_callers_buy_exactly_100_places);

/// FR-13, FR-14: 64 callers want two seats each, and there are 50 pairs.
async fn sixty_four_callers_buy_exactly_100_identified_seats(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::rows(10, 10, 9_000)).await;
    let crowd = crowd(&world);
    let wants = crowd.iter().enumerate().map(|(number, it)| {
        let pair = number % 50;
        let (row, first) = (char::from(b'A' + (pair / 5) as u8), pair % 5 * 2 + 1);
        let seats = [format!("{row}-{first}"), format!("{row}-{}", first + 1)];
        ask(it, Wish::seats(&showing, &seats).paid_by(VISA))
    });
    let (winners, losers) = divide(join_all(wants).await);
    assert_eq!((winners.len(), losers.len()), (50, 14));
    losers.iter().for_each(names_what_was_asked);
    assert!(losers.iter().all(|(_, it)| it.rejection.as_ref().unwrap().seats.len() == 2));
    admin.sees_seats(&showing, 0, 0, 100).await;
    let losers: Vec<_> = losers.into_iter().map(|(_, it)| it).collect();
    only_winners_were_confirmed(&world, &winners, &losers).await;
}
in_both!(sixty_four_callers_buy_exactly_100_identified_seats);

/// FR-14: groups of three that overlap, then whatever is left one by one: 100 seats, each sold once.
async fn overlapping_groups_never_share_a_seat(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::rows(10, 10, 9_000)).await;
    let crowd = crowd(&world);
    let wants = crowd.iter().enumerate().map(|(number, it)| {
        let (row, first) = (char::from(b'A' + (number % 10) as u8), number * 7 % 8 + 1);
        let seats: Vec<_> = (first..first + 3).map(|seat| format!("{row}-{seat}")).collect();
        ask(it, Wish::seats(&showing, &seats).paid_by(VISA))
    });
    let (mut winners, mut losers) = divide(join_all(wants).await);
    losers.iter().for_each(names_what_was_asked);
    assert!(winners.len() >= 10, "a row has room for somebody");

    // Everyone goes for everything that is left, each in an order of their own.
    let map = admin.seat_map(&showing).await.unwrap().seats;
    let free: Vec<_> =
        map.into_iter().filter(|it| it.state() == SeatState::Free).map(|it| it.seat).collect();
    let rest = crowd.iter().take(8).enumerate().map(async |(number, it)| {
        let mut answers = Vec::new();
        for step in 0..free.len() {
            let seat = &free[(step + number * 5) % free.len()];
            answers.push(ask(it, Wish::seats(&showing, &[seat]).paid_by(VISA)).await);
        }
        answers
    });
    let rest = join_all(rest).await.into_iter().flatten().collect();
    let (more, others) = divide(rest);
    others.iter().for_each(names_what_was_asked);
    winners.extend(more);
    losers.extend(others);

    let mut sold: Vec<_> =
        winners.iter().flat_map(|it| it.seats.iter().map(|seat| seat.seat.clone())).collect();
    sold.sort();
    assert_eq!(sold.len(), 100);
    sold.dedup();
    assert_eq!(sold.len(), 100, "a seat was sold twice");
    admin.sees_seats(&showing, 0, 0, 100).await;
    let losers: Vec<_> = losers.into_iter().map(|(_, it)| it).collect();
    only_winners_were_confirmed(&world, &winners, &losers).await;
}
in_both!(overlapping_groups_never_share_a_seat);

/// FR-12, FR-42: buying and cancelling at once leaves exactly what was bought and not cancelled.
async fn buying_and_cancelling_at_once_loses_no_seat(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(60, 9_000)).await;
    let crowd = crowd(&world);
    let turns = crowd.iter().enumerate().map(async |(number, it)| {
        let mut kept = 0;
        for _ in 0..3 {
            let booking = it.place(Wish::places(&showing, 1).paid_by(VISA)).await.unwrap();
            if booking.state() == BookingState::Confirmed {
                kept += 1;
                if number % 2 == 0 {
                    it.cancel(&booking.booking_id).await.unwrap();
                    kept -= 1;
                }
            }
        }
        kept
    });
    let kept: i32 = join_all(turns).await.into_iter().sum();
    assert!(kept <= 60, "{kept} of 60 were sold");
    admin.sees_seats(&showing, 60 - kept, 0, kept).await;
}
in_both!(buying_and_cancelling_at_once_loses_no_seat);
