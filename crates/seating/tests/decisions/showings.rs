//! What becomes of showings, halls and titles, one rule a test.

use std::sync::Arc;

use boxoffice_kernel::{Currency, Money};
use boxoffice_seating::commands::{
    CancelShowing, Command, FinishWithdrawal, RemoveTitle, RescheduleShowing, SaveHall,
    ScheduleShowing, Seating,
};
use boxoffice_seating::domain::{
    Flaw, HallId, Layout, Prices, Refusal, ShowingState, Slot, Standing, What,
};
use boxoffice_seating::store::Unit;
use uuid::Uuid;

use crate::stage::{
    SHOWING, Stage, TITLE, euros, general, hall, in_minutes, now, prices, quantity, refusal, rows,
    schedule, seat_map, tonight,
};

fn slot(start: i64, end: i64) -> Result<Slot, Flaw> {
    Slot::new(in_minutes(start), in_minutes(end))
}

fn empty() -> Stage {
    Stage { unit: Unit::new(now()) }
}

#[test]
fn a_scheduled_showing_is_on_sale_and_says_so() {
    let mut stage = empty();
    let showing = stage.run(Command::Schedule(schedule(seat_map()))).unwrap().showing().unwrap();
    assert_eq!((showing.admission.capacity(), showing.seats_left()), (10, 10));
    let events = stage.unit.take_events();
    assert_eq!(events.len(), 1);
    assert!(
        matches!(&events[0].what, What::Scheduled { capacity: 10, venue, .. } if venue == "Odeon")
    );
    assert_eq!(events[0].correlation_id(), SHOWING.0);
}

#[test]
fn the_same_request_is_the_same_showing_and_another_is_refused() {
    let mut stage = Stage::with(seat_map());
    let again = stage.run(Command::Schedule(schedule(seat_map()))).unwrap().showing().unwrap();
    assert_eq!(&again, stage.showing());
    let other = ScheduleShowing { fingerprint: Uuid::from_u128(99), ..schedule(seat_map()) };
    let refused = refusal(stage.run(Command::Schedule(other)));
    assert_eq!((refused.reason(), refused.field()), ("REQUEST_ID_REUSED", Some("request_id")));
    assert_eq!(stage.unit.take_events(), []);

    let mut later = stage.at(in_minutes(90));
    assert!(later.run(Command::Schedule(schedule(seat_map()))).is_ok(), "also when it has begun");
}

#[test]
fn times_are_in_order_in_the_future_and_within_a_day() {
    assert_eq!(slot(60, 60), Err(Flaw::EndBeforeStart));
    assert_eq!(slot(60, 59), Err(Flaw::EndBeforeStart));
    assert_eq!(slot(0, 24 * 60 + 1), Err(Flaw::TooLong));
    assert!(slot(0, 24 * 60).is_ok());
    let past = ScheduleShowing { slot: slot(-1, 60).unwrap(), ..schedule(general(1)) };
    let refused = refusal(empty().run(Command::Schedule(past)));
    assert_eq!((refused.reason(), refused.field()), ("START_IN_PAST", Some("start_time")));
    let right_now = ScheduleShowing { slot: slot(0, 60).unwrap(), ..schedule(general(1)) };
    assert!(empty().run(Command::Schedule(right_now)).is_ok());
}

#[test]
fn capacity_is_one_to_a_million() {
    for (capacity, sound) in [(0, false), (1, true), (1_000_000, true), (1_000_001, false)] {
        let outcome = empty().run(Command::Schedule(schedule(general(capacity))));
        assert_eq!(outcome.is_ok(), sound, "{capacity}");
    }
}

#[test]
fn every_grade_has_one_price_and_nothing_else_has() {
    let priced = |prices: &[(&str, Money)]| -> Result<(), Flaw> {
        let prices = prices.iter().map(|(grade, it)| ((*grade).to_owned(), *it)).collect();
        let layout = Arc::new(Layout::new(rows()).unwrap());
        let seating = Seating::Rows { layout, prices: Arc::new(Prices::new(prices)?) };
        match empty().run(Command::Schedule(schedule(seating))) {
            Ok(_) => Ok(()),
            refused => {
                let refused = refusal(refused);
                let Refusal::Flawed(flaw) = refused else { panic!("{refused}") };
                Err(flaw)
            }
        }
    };
    let (vip, r) = (("VIP", euros(90)), ("R", euros(50)));
    let won = Money::from_minor(50_000, Currency::Krw).unwrap();
    assert_eq!(priced(&[vip, r]), Ok(()));
    assert_eq!(priced(&[]), Err(Flaw::NoPrices));
    assert_eq!(priced(&[vip]), Err(Flaw::GradeUnpriced("R".to_owned())));
    assert_eq!(priced(&[vip, r, ("S", euros(1))]), Err(Flaw::GradeUnknown("S".to_owned())));
    assert_eq!(priced(&[vip, r, vip]), Err(Flaw::GradeRepeated("VIP".to_owned())));
    assert_eq!(priced(&[vip, ("R", won)]), Err(Flaw::MixedCurrencies));
}

#[test]
fn a_hall_is_saved_once_and_used_by_later_showings_only() {
    let in_hall = |venue: &str| ScheduleShowing {
        venue: venue.to_owned(),
        ..schedule(Seating::Hall { hall_id: hall().id, prices: prices() })
    };
    let mut stage = empty();
    let refused = refusal(stage.run(Command::Schedule(in_hall(""))));
    assert_eq!(refused, Refusal::HallNotFound(HallId::new("big-hall").unwrap()));

    stage.run(Command::SaveHall(SaveHall { hall: hall() })).unwrap();
    let showing = stage.run(Command::Schedule(in_hall(""))).unwrap().showing().unwrap();
    assert_eq!((showing.venue.as_str(), showing.admission.capacity()), ("Big Hall", 10));

    let mut smaller = hall();
    smaller.layout = Arc::new(Layout::new(rows()[..1].to_vec()).unwrap());
    stage.run(Command::SaveHall(SaveHall { hall: smaller })).unwrap();
    assert_eq!(stage.showing().admission.capacity(), 10);
    assert_eq!(stage.unit.hall(&hall().id).unwrap().layout.capacity(), 4);
}

#[test]
fn a_showing_is_somewhere() {
    let nowhere = ScheduleShowing { venue: String::new(), ..schedule(general(1)) };
    let refused = refusal(empty().run(Command::Schedule(nowhere)));
    assert_eq!(refused, Refusal::Flawed(Flaw::VenueMissing));
}

#[test]
fn a_showing_is_moved_until_it_starts() {
    let to = |slot| Command::Reschedule(RescheduleShowing { showing_id: SHOWING, slot });
    let later = slot(120, 240).unwrap();
    let mut stage = Stage::with(general(10));
    assert_eq!(stage.run(to(later)).unwrap().showing().unwrap().slot, later);
    stage.run(to(later)).unwrap();
    let events = stage.unit.take_events();
    assert_eq!(events.len(), 1, "to where it is already: nothing is said");
    let moved = What::Rescheduled { previous_start: tonight().start(), slot: later };
    assert_eq!(events[0].what, moved);
    let past = refusal(stage.run(to(slot(-10, 10).unwrap())));
    assert_eq!(past, Refusal::Flawed(Flaw::StartInPast));

    let mut stage = stage.at(in_minutes(120));
    let refused = refusal(stage.run(to(slot(300, 400).unwrap())));
    assert_eq!(refused, Refusal::ShowingStarted(SHOWING));
    assert!(stage.run(to(later)).is_ok(), "the same request answers as the first time");
}

#[test]
fn a_showing_is_cancelled_once_until_it_starts() {
    let cancel = || Command::Cancel(CancelShowing { showing_id: SHOWING });
    let started = refusal(Stage::with(general(1)).at(in_minutes(60)).run(cancel()));
    assert_eq!(started, Refusal::ShowingStarted(SHOWING));

    let mut stage = Stage::with(general(10));
    stage.hold(1, quantity(1)).unwrap();
    stage.unit.take_events();
    let first = stage.run(cancel()).unwrap().showing().unwrap();
    assert_eq!(first.state, ShowingState::Cancelled);
    let mut stage = stage.at(in_minutes(90));
    assert_eq!(stage.run(cancel()).unwrap().showing().unwrap(), first);
    assert_eq!(stage.unit.take_events().len(), 1);
    let later = RescheduleShowing { showing_id: SHOWING, slot: slot(120, 240).unwrap() };
    let refused = refusal(stage.run(Command::Reschedule(later)));
    assert_eq!(refused, Refusal::ShowingCancelled(SHOWING));
}

#[test]
fn a_removed_title_gets_no_more_showings() {
    let remove = || Command::RemoveTitle(RemoveTitle { title_id: TITLE });
    let finish = || Command::FinishWithdrawal(FinishWithdrawal { title_id: TITLE });
    let mut stage = Stage::with(general(1));
    assert_eq!(stage.unit.title(TITLE), Some(Standing::Current));
    stage.run(finish()).unwrap();
    assert_eq!(stage.unit.title(TITLE), Some(Standing::Current), "nothing was begun");

    for step in [remove(), finish(), remove()] {
        stage.run(step).unwrap();
        let other = ScheduleShowing {
            showing_id: boxoffice_kernel::ShowingId(Uuid::from_u128(7)),
            ..schedule(general(1))
        };
        let refused = refusal(stage.run(Command::Schedule(other)));
        assert_eq!(refused, Refusal::TitleRemoved(TITLE));
    }
    assert_eq!(stage.unit.title(TITLE), Some(Standing::Withdrawn));
    // The showing there was is still the answer to its own request.
    assert!(stage.run(Command::Schedule(schedule(general(1)))).is_ok());

    let mut unheard = empty();
    unheard.run(remove()).unwrap();
    let refused = refusal(unheard.run(Command::Schedule(schedule(general(1)))));
    assert_eq!(refused, Refusal::TitleRemoved(TITLE));
}
