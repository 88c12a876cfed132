//! Whatever is asked, in whatever order: as many seats are given away as there are, and no more.

use std::collections::BTreeMap;

use boxoffice_kernel::BookingId;
use boxoffice_seating::domain::{
    Ask, Claim, Hold, HoldState, House, Outcome, Refusal, SeatName, What,
};
use proptest::prelude::*;

use crate::stage::{SHOWING, Stage, booking, general, quantity, seat_map};

const BOOKINGS: u128 = 12;

#[derive(Clone, Debug)]
enum Step {
    Hold(u128, Ask),
    Sell(u128),
    Release(u128),
}

/// Every seat of the stage, its pillar, and one that does not exist.
const NAMES: [&str; 13] =
    ["A-1", "A-2", "A-3", "A-4", "B-1", "B-2", "B-3", "B-4", "B-5", "B-6", "B-7", "B-8", "B-9"];

fn named() -> impl Strategy<Value = Ask> {
    let names = prop::sample::subsequence(NAMES.to_vec(), 1..=4).prop_shuffle();
    names.prop_map(|names| Ask::new(names.into_iter().map(SeatName::new).collect(), 0).unwrap())
}

fn counted() -> impl Strategy<Value = Ask> {
    (1..6_u32).prop_map(quantity)
}

fn steps(ask: impl Strategy<Value = Ask>) -> impl Strategy<Value = Vec<Step>> {
    let hold = (0..BOOKINGS, ask).prop_map(|(n, ask)| Step::Hold(n, ask));
    let sell = (0..BOOKINGS).prop_map(Step::Sell);
    let release = (0..BOOKINGS).prop_map(Step::Release);
    prop::collection::vec(prop_oneof![3 => hold, 2 => sell, 2 => release], 0..120)
}

fn holds(stage: &Stage) -> Vec<Hold> {
    (0..BOOKINGS).filter_map(|n| stage.unit.hold(booking(n)).cloned()).collect()
}

fn house(stage: &Stage) -> House {
    stage.unit.house(SHOWING).unwrap().clone()
}

/// Who has which seat, as the seats say, and as the holds say.
fn claims(stage: &Stage) -> [BTreeMap<SeatName, (BookingId, bool)>; 2] {
    let (_, seats) = house(stage).into_parts();
    let by_seat = seats.into_iter().filter_map(|(name, seat)| match seat.claim {
        Claim::Free => None,
        Claim::Held(booking_id) => Some((name, (booking_id, false))),
        Claim::Sold(booking_id) => Some((name, (booking_id, true))),
    });
    let mut by_hold = BTreeMap::new();
    for hold in holds(stage) {
        let sold = match hold.state {
            HoldState::Held => false,
            HoldState::Sold => true,
            HoldState::Released { .. } | HoldState::Closed { .. } => continue,
        };
        for name in hold.seats.iter() {
            let other = by_hold.insert(name.clone(), (hold.booking_id, sold));
            assert_eq!(other, None, "{name} is given away twice");
        }
    }
    [by_seat.collect(), by_hold]
}

fn check_books(stage: &Stage) {
    let showing = stage.showing();
    assert!(showing.held + showing.sold <= showing.admission.capacity(), "oversold: {showing:?}");
    let sum = |state: HoldState| -> u32 {
        holds(stage).iter().filter(|it| it.state == state).map(|it| it.quantity).sum()
    };
    assert_eq!(showing.held, sum(HoldState::Held));
    assert_eq!(showing.sold, sum(HoldState::Sold));
    let [by_seat, by_hold] = claims(stage);
    assert_eq!(by_seat, by_hold);
}

/// Those of `ask` that cannot be had, worked out from the holds alone.
fn gone(stage: &Stage, ask: &Ask) -> Vec<SeatName> {
    let [_, taken] = claims(stage);
    let pillar = |name: &SeatName| ["B-3", "B-4"].contains(&name.as_str());
    ask.names().iter().filter(|it| pillar(it) || taken.contains_key(*it)).cloned().collect()
}

fn take(stage: &mut Stage, step: &Step, version: u64) {
    let (house_before, holds_before) = (house(stage), holds(stage));
    let left = stage.showing().seats_left();
    let refused = match step {
        Step::Hold(n, ask) => {
            let (known, gone) = (stage.unit.hold(booking(*n)).is_some(), gone(stage, ask));
            match stage.hold(*n, ask.clone()) {
                Ok(Outcome::Held(seats)) => {
                    assert_eq!(seats.items.iter().map(|it| it.quantity).sum::<u32>(), ask.count());
                    assert!(known || (gone.is_empty() && ask.count() <= left));
                    None
                }
                Ok(Outcome::Unavailable(it)) => {
                    assert!(!gone.is_empty() || ask.count() > left, "refused what was free");
                    assert_eq!((it.seats, it.seats_left), (gone, left));
                    assert_eq!(house(stage), house_before);
                    None
                }
                Err(refused) => Some(refused),
            }
        }
        Step::Sell(n) => stage.sell(*n, version).err(),
        Step::Release(n) => stage.release(*n, version).err(),
    };
    if let Some(refused) = refused {
        let inconsistent = Refusal::Inconsistent(SHOWING).to_string();
        assert_ne!(refused.to_string(), inconsistent, "{step:?}");
        assert_eq!(house(stage), house_before, "a refusal changes nothing");
        assert_eq!(holds(stage), holds_before, "a refusal changes nothing");
        assert_eq!(stage.unit.take_events(), [], "a refusal says nothing");
    }
}

/// Held and sold, as somebody counts who only hears the events.
fn heard(counts: &mut (u32, u32), held_by: &mut BTreeMap<BookingId, bool>, what: &What) {
    match what {
        What::Held(it) => {
            counts.0 += it.quantity;
            held_by.insert(it.booking_id, true);
        }
        What::Sold(it) => {
            counts.0 -= it.quantity;
            counts.1 += it.quantity;
            held_by.insert(it.booking_id, false);
        }
        What::Released(it) => match held_by.remove(&it.booking_id) {
            Some(true) => counts.0 -= it.quantity,
            Some(false) => counts.1 -= it.quantity,
            None => panic!("{it:?} was never held"),
        },
        What::Scheduled { .. } | What::Rescheduled { .. } | What::Cancelled => {}
    }
}

fn any_order(mut stage: Stage, steps: &[Step]) {
    let (mut counts, mut held_by) = ((0, 0), BTreeMap::new());
    for (step, version) in steps.iter().zip(1..) {
        let before = stage.showing().version;
        take(&mut stage, step, version);
        check_books(&stage);

        let events = stage.unit.take_events();
        let versions: Vec<u64> = events.iter().map(|event| event.version).collect();
        let expected: Vec<u64> = (before + 1..=stage.showing().version).collect();
        assert_eq!(versions, expected, "every change is said, once");
        events.iter().for_each(|event| heard(&mut counts, &mut held_by, &event.what));
        assert_eq!(counts, (stage.showing().held, stage.showing().sold));
    }
}

proptest! {
    #[test]
    fn no_order_of_commands_oversells_named_seats(steps in steps(named())) {
        any_order(Stage::with(seat_map()), &steps);
    }

    #[test]
    fn no_order_of_commands_oversells_general_admission(steps in steps(counted())) {
        any_order(Stage::with(general(10)), &steps);
    }
}
