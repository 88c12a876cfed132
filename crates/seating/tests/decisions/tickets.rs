//! What becomes of seats, one rule a test.

use boxoffice_kernel::{Fault as _, Kind, Money};
use boxoffice_seating::commands::{CancelShowing, Command};
use boxoffice_seating::domain::{
    Ask, Flaw, HeldSeats, Outcome, Refusal, SeatName, Unavailable, What,
};

use crate::stage::{
    SHOWING, Stage, booking, euros, general, in_minutes, quantity, refusal, seat_map, seats,
};

fn held(outcome: Outcome) -> HeldSeats {
    match outcome {
        Outcome::Held(seats) => seats,
        Outcome::Unavailable(unavailable) => panic!("{unavailable:?}"),
    }
}

fn unavailable(names: &[&str], seats_left: u32) -> Outcome {
    let seats = names.iter().map(|name| SeatName::new(name)).collect();
    Outcome::Unavailable(Unavailable { seats, seats_left })
}

#[test]
fn held_seats_come_with_their_prices_in_the_order_asked() {
    let mut stage = Stage::with(seat_map());
    let seats = held(stage.hold(1, seats(&["B-8", "A-1"])).unwrap());

    let items: Vec<_> = seats
        .items
        .iter()
        .map(|it| (it.seat.as_ref().unwrap().as_str(), it.grade.as_str(), it.price, it.quantity))
        .collect();
    assert_eq!(items, [("B-8", "R", euros(50), 1), ("A-1", "VIP", euros(90), 1)]);
    assert_eq!(seats.amount, euros(140));
    assert_eq!(stage.counts(), (2, 0, 8));
}

#[test]
fn general_admission_costs_price_times_quantity() {
    let mut stage = Stage::with(general(10));
    let seats = held(stage.hold(1, quantity(3)).unwrap());
    assert_eq!((seats.items.len(), seats.items[0].quantity), (1, 3));
    assert_eq!((seats.items[0].seat.clone(), seats.items[0].grade.as_str()), (None, "GENERAL"));
    assert_eq!(seats.amount, euros(36));
    assert_eq!(stage.counts(), (3, 0, 7));
}

#[test]
fn a_repeated_hold_answers_as_the_first_time_and_says_nothing_new() {
    for (seating, ask) in [(seat_map(), seats(&["A-2", "A-1"])), (general(10), quantity(2))] {
        let mut stage = Stage::with(seating);
        let first = stage.hold(1, ask.clone()).unwrap();
        assert_eq!(stage.unit.take_events().len(), 1);

        assert_eq!(stage.hold(1, ask.clone()).unwrap(), first);
        stage.sell(1, 2).unwrap();
        stage.unit.take_events();
        assert_eq!(stage.hold(1, ask.clone()).unwrap(), first, "also when it is sold");
        let mut stage = stage.at(in_minutes(61));
        assert_eq!(stage.hold(1, ask).unwrap(), first, "also when the showing has started");
        assert_eq!(stage.unit.take_events(), []);
        assert_eq!(stage.counts(), (0, 2, 8));
    }
}

#[test]
fn one_booking_asks_once() {
    let mut stage = Stage::with(seat_map());
    stage.hold(1, seats(&["A-1", "A-2"])).unwrap();
    for other in [seats(&["A-1"]), seats(&["A-2", "A-1"]), quantity(2)] {
        let reused = Refusal::BookingIdReused(booking(1));
        assert_eq!(refusal(stage.hold(1, other)), reused);
    }
    assert_eq!(stage.counts(), (2, 0, 8));
}

#[test]
fn the_loser_is_told_exactly_what_is_gone() {
    let mut stage = Stage::with(seat_map());
    stage.hold(1, seats(&["A-1", "A-2"])).unwrap();
    stage.hold(2, seats(&["B-1"])).unwrap();
    stage.sell(2, 2).unwrap();
    stage.unit.take_events();

    let lost = stage.hold(3, seats(&["A-4", "B-4", "A-2", "B-1", "B-2"])).unwrap();
    assert_eq!(lost, unavailable(&["B-4", "A-2", "B-1"], 7), "the pillar, the held, the sold");
    assert_eq!(stage.counts(), (2, 1, 7));
    assert_eq!(stage.unit.take_events(), []);
    // Nothing was held for the loser, so what was free still is.
    held(stage.hold(4, seats(&["A-4", "B-2"])).unwrap());
}

#[test]
fn general_admission_is_all_or_none() {
    let mut stage = Stage::with(general(10));
    stage.hold(1, quantity(8)).unwrap();
    assert_eq!(stage.hold(2, quantity(3)).unwrap(), unavailable(&[], 2));
    held(stage.hold(3, quantity(2)).unwrap());
    assert_eq!(stage.hold(4, quantity(1)).unwrap(), unavailable(&[], 0));
}

#[test]
fn what_this_house_does_not_have_is_invalid() {
    let unknown =
        |names: &[&str]| Flaw::SeatUnknown(names.iter().map(|it| SeatName::new(it)).collect());
    let mut stage = Stage::with(seat_map());
    for (ask, flaw) in [
        (quantity(1), Flaw::SeatsRequired),
        (seats(&["A-1", "A-5", "C-1"]), unknown(&["A-5", "C-1"])),
        (seats(&["a-1"]), unknown(&["a-1"])),
        (seats(&["B-0"]), unknown(&["B-0"])),
        (seats(&["\0"]), unknown(&["\0"])),
    ] {
        assert_eq!(refusal(stage.hold(1, ask)), Refusal::Flawed(flaw));
    }
    let mut stage = Stage::with(general(10));
    let seats_of_none = refusal(stage.hold(1, seats(&["A-1"])));
    assert_eq!(seats_of_none, Refusal::Flawed(Flaw::QuantityRequired));
    assert_eq!(stage.counts(), (0, 0, 10));
}

#[test]
fn nothing_twice_both_and_too_much_cannot_be_asked() {
    let names = |n: u32| (1..=n).map(|n| SeatName::numbered("A", n)).collect::<Vec<_>>();
    assert_eq!(Ask::new(vec![], 0), Err(Flaw::NothingAsked));
    assert_eq!(Ask::new(names(1), 1), Err(Flaw::SeatsAndQuantity));
    assert_eq!(Ask::new(vec![], 1_001), Err(Flaw::TooManyAsked));
    assert_eq!(Ask::new(names(1_001), 0), Err(Flaw::TooManyAsked));
    assert!(Ask::new(names(1_000), 0).is_ok());
    let twice = [names(2), names(1)].concat();
    assert_eq!(Ask::new(twice, 0), Err(Flaw::SeatRepeated(SeatName::new("A-1"))));
}

#[test]
fn an_amount_beyond_reason_is_refused() {
    let billion = Money::from_minor(100_000_000_000, boxoffice_kernel::Currency::Eur).unwrap();
    let seating = boxoffice_seating::commands::Seating::General { capacity: 10, price: billion };
    let mut stage = Stage::with(seating);
    assert_eq!(refusal(stage.hold(1, quantity(2))).reason(), "AMOUNT_TOO_LARGE");
    held(stage.hold(2, quantity(1)).unwrap());
}

#[test]
fn what_cannot_be_attended_is_not_sold() {
    let started = Stage::with(general(10)).at(in_minutes(60)).hold(1, quantity(1));
    assert_eq!(refusal(started), Refusal::ShowingStarted(SHOWING));

    let mut stage = Stage::with(general(10));
    stage.hold(1, quantity(1)).unwrap();
    stage.run(Command::Cancel(CancelShowing { showing_id: SHOWING })).unwrap();
    assert_eq!(refusal(stage.hold(2, quantity(1))), Refusal::ShowingCancelled(SHOWING));
    assert_eq!(stage.counts(), (1, 0, 9), "what is held stays so until booking closes it");
    stage.release(1, 3).unwrap();
    assert_eq!(stage.counts(), (0, 0, 10));
}

#[test]
fn a_confirmed_booking_has_its_seats_and_a_cancelled_one_gives_them_back() {
    let mut stage = Stage::with(seat_map());
    stage.hold(1, seats(&["A-1", "A-2"])).unwrap();
    stage.sell(1, 2).unwrap();
    stage.sell(1, 2).unwrap();
    assert_eq!(stage.counts(), (0, 2, 8));
    stage.release(1, 3).unwrap();
    stage.release(1, 3).unwrap();
    assert_eq!(stage.counts(), (0, 0, 10));

    let events = stage.unit.take_events();
    let said: Vec<_> = events.iter().map(|event| (&event.what, event.version)).collect();
    assert!(matches!(said[..], [(What::Held(_), 2), (What::Sold(_), 3), (What::Released(_), 4)]));
    assert!(events.iter().all(|event| event.correlation_id() == booking(1).0));
    held(stage.hold(2, seats(&["A-1", "A-2"])).unwrap());
}

#[test]
fn a_hold_after_its_booking_closed_is_refused() {
    let mut stage = Stage::with(seat_map());
    stage.release(1, 2).unwrap();
    stage.release(1, 2).unwrap();
    assert_eq!(refusal(stage.hold(1, seats(&["A-1"]))), Refusal::BookingClosed(booking(1)));

    stage.hold(2, seats(&["A-1"])).unwrap();
    stage.release(2, 2).unwrap();
    assert_eq!(refusal(stage.hold(2, seats(&["A-1"]))), Refusal::BookingClosed(booking(2)));
    assert_eq!(stage.counts(), (0, 0, 10));
}

#[test]
fn a_booking_of_no_showing_at_all_leaves_its_mark_too() {
    let mut stage = Stage { unit: boxoffice_seating::store::Unit::new(crate::stage::now()) };
    stage.release(1, 2).unwrap();
    stage.release(1, 2).unwrap();
    assert_eq!(refusal(stage.hold(2, quantity(1))), Refusal::ShowingNotFound(SHOWING));
    assert_eq!(refusal(stage.hold(1, quantity(1))), Refusal::BookingClosed(booking(1)));
}

#[test]
fn a_sale_without_a_hold_is_looked_for_again() {
    let mut stage = Stage::with(general(10));
    let error = stage.sell(1, 2).unwrap_err();
    assert_eq!((error.kind(), error.reason()), (Kind::NotFound, "HOLD_NOT_FOUND"));
}

#[test]
fn a_sale_after_closing_is_an_alarm_unless_it_is_only_late() {
    for hold_first in [true, false] {
        let mut stage = Stage::with(general(10));
        if hold_first {
            stage.hold(1, quantity(1)).unwrap();
        }
        stage.release(1, 5).unwrap();
        // Said at version 4, closed at 5, delivered in the wrong order: nothing to do.
        stage.sell(1, 4).unwrap();
        // Said at 6, after it was closed: that must never happen.
        let error = stage.sell(1, 6).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (Kind::Refused, "SOLD_AFTER_CLOSING"));
        assert_eq!(stage.counts(), (0, 0, 10));
    }
}
