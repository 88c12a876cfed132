//! Laws of the purchase, over any order in which calls, events and timers may come.
#![cfg(test)]

use std::time::Duration;

use boxoffice_booking::domain::{
    BookedSeat, Booking, Contact, Event, Fulfilment, Holding, Item, Outcome, Phase, Refusal,
    Rejection, Request, Shown, State, Terms,
};
use boxoffice_kernel::{
    BookingId, Currency, CustomerId, Money, PaymentId, ShowingId, Time, TitleId,
};
use proptest::prelude::*;
use uuid::Uuid;

const TERMS: Terms = Terms {
    hold: Duration::from_secs(600),
    placing: Duration::from_secs(30),
    payment: Duration::from_secs(2),
    step: Duration::from_secs(5),
};

/// Whatever may happen to a booking.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Held,
    Begins(u8),
    Approved(u8),
    Declined(u8),
    Requested(u8),
    Rejected,
    Expired,
    Cancelled,
    ShowingCancelled,
    Moved(u8),
    LicenseRevoked,
    Kept,
    Watched,
}

fn anything() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => Just(Happens::Held),
        2 => (0..4_u8).prop_map(Happens::Begins),
        2 => (0..4_u8).prop_map(Happens::Approved),
        2 => (0..4_u8).prop_map(Happens::Declined),
        2 => (0..4_u8).prop_map(Happens::Requested),
        1 => Just(Happens::Rejected),
        1 => Just(Happens::Expired),
        1 => Just(Happens::Cancelled),
        1 => Just(Happens::ShowingCancelled),
        1 => any::<u8>().prop_map(Happens::Moved),
        1 => Just(Happens::LicenseRevoked),
        1 => Just(Happens::Kept),
        1 => Just(Happens::Watched),
    ]
}

fn start() -> Time {
    Time::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

fn payment(n: u8) -> PaymentId {
    PaymentId(Uuid::from_u128(n.into()))
}

fn placed(method: Option<&str>) -> Booking {
    placed_for(Item::Places { showing_id: ShowingId(Uuid::nil()), quantity: 2 }, method)
}

fn home_movie() -> Item {
    Item::HomeMovie { title_id: TitleId(Uuid::nil()) }
}

fn placed_for(item: Item, method: Option<&str>) -> Booking {
    let request = Request {
        id: BookingId(Uuid::nil()),
        customer_id: CustomerId::new("alice"),
        fingerprint: Uuid::nil(),
        item,
        fulfilment: Fulfilment::ETicket,
        contact: Contact::default(),
        method: method.map(str::to_owned),
        traceparent: None,
    };
    Booking::place(request, &TERMS, start()).0
}

fn holding() -> Holding {
    let price = Money::from_minor(15_000, Currency::Krw).unwrap();
    Holding {
        seats: vec![BookedSeat { seat: None, grade: "GENERAL".to_owned(), price, quantity: 2 }],
        amount: price.times(2).unwrap(),
        expires_at: start() + TERMS.hold,
    }
}

/// What the booking then says; `None`: it was refused, or is nothing new.
fn happen(booking: &mut Booking, what: Happens) -> Option<Event> {
    let now = start();
    let mut tried = booking.clone();
    let said = match what {
        Happens::Held => {
            let starts_at = now + Duration::from_secs(86_400);
            let ends_at = starts_at + Duration::from_secs(7_200);
            let shown = Shown { title_id: TitleId(Uuid::nil()), starts_at, ends_at };
            let shown = tried.item.showing_id().map(|_| shown);
            let held = tried.await_payment(holding(), shown, Some(payment(0)), &TERMS, now);
            held.map(|()| None)
        }
        Happens::Begins(n)
            if tried.pending().is_none() && tried.find_attempt(payment(n)).is_none() =>
        {
            tried.begin_payment(payment(n), "pm_card_visa", &TERMS, now).map(|()| None)
        }
        Happens::Begins(_) => return None,
        Happens::Approved(n) => tried.confirm(payment(n), now).map(Some),
        Happens::Declined(n) => tried.decline(payment(n), "card_declined", now),
        Happens::Requested(n) => tried.request_payment(payment(n), now).map(Some),
        Happens::Rejected => tried.reject(Rejection::SeatingUnavailable, now).map(Some),
        Happens::Expired => tried.expire(now).map(Some),
        Happens::Cancelled => tried.cancel(&TERMS, now),
        // What can be said of tickets only, or of titles to watch only.
        Happens::ShowingCancelled | Happens::Moved(_) if tried.item.home_movie().is_some() => {
            return None;
        }
        Happens::LicenseRevoked | Happens::Kept | Happens::Watched
            if tried.item.home_movie().is_none() =>
        {
            return None;
        }
        Happens::ShowingCancelled => tried.cancel_with_showing(now).map(Some),
        Happens::Moved(n) => {
            let starts_at = now + Duration::from_secs(n.into());
            Ok(tried.follow_move(starts_at, starts_at, n.into(), now))
        }
        Happens::LicenseRevoked => tried.finish_cancelling(now).map(Some),
        Happens::Kept => tried.keep(now).map(|()| None),
        Happens::Watched if tried.state.is_closed() => return None,
        Happens::Watched => {
            tried.note_watched(now, now);
            Ok(None)
        }
    };
    let said = said.ok()?;
    *booking = tried;
    said
}

fn closes(event: &Event) -> bool {
    match event {
        Event::Rejected { .. } | Event::Expired | Event::Cancelled { .. } => true,
        Event::Placed { .. }
        | Event::PaymentRequested { .. }
        | Event::Confirmed { .. }
        | Event::Rescheduled { .. } => false,
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_books_are_right(
        paying in any::<bool>(),
        at_home in any::<bool>(),
        story in prop::collection::vec(anything(), 0..24),
    ) {
        let mut booking = placed(paying.then_some("pm_card_visa"));
        if at_home {
            booking = placed_for(home_movie(), paying.then_some("pm_card_visa"));
        }
        let (mut confirmed, mut closed) = (0, 0);
        for what in story {
            let before = booking.clone();
            let said = happen(&mut booking, what);
            confirmed += usize::from(matches!(said, Some(Event::Confirmed { .. })));
            closed += usize::from(said.as_ref().is_some_and(closes));

            prop_assert!(before == booking || booking.version == before.version + 1);
            prop_assert!(!before.state.is_closed() || booking.state == before.state, "closed is closed");
            let pending = booking.attempts.iter().filter(|it| it.is_pending()).count();
            prop_assert!(pending <= 1, "never two attempts at once");
            prop_assert_eq!(pending == 1, booking.pending().is_some(), "only the last may be pending");
        }
        let paid = booking.attempts.iter().filter(|it| it.outcome == Outcome::Approved).count();
        prop_assert!(paid <= 1, "never two charges");
        prop_assert!(confirmed <= 1 && closed <= 1, "each is said once");
        prop_assert_eq!(confirmed == 1, paid == 1, "confirmed only with money, money only if confirmed");
        prop_assert_eq!(closed == 1, booking.state.is_closed(), "closing is said");
        let waiting =
            matches!(booking.state, State::Placed | State::AwaitingPayment | State::Cancelling);
        prop_assert_eq!(booking.next_step_at.is_some(), waiting, "what is open is taken up again");
    }
}

#[test]
fn declined_in_the_placing_call_rejects() {
    let mut booking = placed(Some("pm_card_chargeDeclined"));
    happen(&mut booking, Happens::Held);
    let said = happen(&mut booking, Happens::Declined(0));
    assert!(matches!(said, Some(Event::Rejected { rejection: Rejection::PaymentDeclined { .. } })));
}

#[test]
fn declined_after_the_call_gave_up_leaves_the_hold() {
    let mut booking = placed(Some("pm_sim_slow"));
    happen(&mut booking, Happens::Held);
    let said = happen(&mut booking, Happens::Requested(0));
    assert!(matches!(said, Some(Event::PaymentRequested { .. })));
    assert_eq!(booking.attempt().map(|it| it.phase), Some(Phase::Requested));

    assert_eq!(happen(&mut booking, Happens::Declined(0)), None);
    assert_eq!(booking.state, State::AwaitingPayment);
    happen(&mut booking, Happens::Begins(1));
    assert!(matches!(happen(&mut booking, Happens::Approved(1)), Some(Event::Confirmed { .. })));
}

#[test]
fn an_attempt_begun_in_time_is_waited_for() {
    let mut booking = placed(None);
    happen(&mut booking, Happens::Held);
    assert_eq!(booking.over_at(&TERMS), Some(start() + TERMS.hold));

    let late = start() + TERMS.hold - Duration::from_secs(1);
    booking.begin_payment(payment(1), "pm_card_visa", &TERMS, late).unwrap();
    assert_eq!(booking.over_at(&TERMS), Some(late + TERMS.payment));
    let too_late =
        booking.clone().begin_payment(payment(2), "pm_card_visa", &TERMS, start() + TERMS.hold);
    assert!(too_late.is_err());
}

#[test]
fn too_late_to_cancel_once_the_showing_has_started() {
    let mut booking = placed(Some("pm_card_visa"));
    happen(&mut booking, Happens::Held);
    happen(&mut booking, Happens::Approved(0));
    let begun = booking.starts_at.unwrap();
    assert!(booking.clone().cancel(&TERMS, begun).is_err());
    assert!(booking.cancel(&TERMS, begun - Duration::from_secs(1)).is_ok());
}

#[test]
fn a_paid_title_to_watch_is_cancelled_when_its_licence_is_revoked() {
    let mut booking = placed_for(home_movie(), Some("pm_card_visa"));
    happen(&mut booking, Happens::Held);
    let confirmed = happen(&mut booking, Happens::Approved(0));
    let title = Some(TitleId(Uuid::nil()));
    assert!(matches!(confirmed, Some(Event::Confirmed { title_id, .. }) if title_id == title));

    assert_eq!(happen(&mut booking, Happens::Cancelled), None, "nothing is said yet");
    assert_eq!(booking.state, State::Cancelling);
    let mut kept = booking.clone();
    let said = happen(&mut booking, Happens::LicenseRevoked);
    assert_eq!(said, Some(Event::Cancelled { showing_cancelled: false }));

    happen(&mut kept, Happens::Kept);
    assert_eq!((kept.state, kept.next_step_at), (State::Confirmed, None));
    let mut late = kept.clone();
    let said = happen(&mut late, Happens::LicenseRevoked);
    assert_eq!(said, Some(Event::Cancelled { showing_cancelled: false }), "heard of later");

    happen(&mut kept, Happens::Watched);
    assert_eq!(kept.cancel(&TERMS, start()), Err(Refusal::Watched));
}

#[test]
fn an_unpaid_title_to_watch_is_cancelled_at_once() {
    let mut booking = placed_for(home_movie(), None);
    happen(&mut booking, Happens::Held);
    let said = happen(&mut booking, Happens::Cancelled);
    assert_eq!(said, Some(Event::Cancelled { showing_cancelled: false }));
}

#[test]
fn a_moved_showing_ends_at_another_time_too() {
    let mut booking = placed(Some("pm_card_visa"));
    happen(&mut booking, Happens::Held);
    let (starts_at, ends_at) =
        (start() + Duration::from_secs(60), start() + Duration::from_secs(90));
    assert!(booking.follow_move(starts_at, ends_at, 2, start()).is_some());
    assert_eq!(booking.follow_move(start(), start(), 1, start()), None, "an older move");
    let confirmed = happen(&mut booking, Happens::Approved(0));
    assert!(matches!(confirmed, Some(Event::Confirmed { ends_at: Some(it), .. }) if it == ends_at));
}
