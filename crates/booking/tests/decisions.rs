//! Laws of the purchase, over any order in which calls, events and timers may come.
#![cfg(test)]

use std::time::Duration;

use boxoffice_booking::domain::{
    BookedSeat, Booking, Contact, Event, Fulfilment, Holding, Item, Outcome, Phase, Rejection,
    Request, State, Terms,
};
use boxoffice_kernel::{BookingId, Currency, CustomerId, Money, PaymentId, ShowingId, Time};
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
    ]
}

fn start() -> Time {
    Time::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

fn payment(n: u8) -> PaymentId {
    PaymentId(Uuid::from_u128(n.into()))
}

fn placed(method: Option<&str>) -> Booking {
    let request = Request {
        id: BookingId(Uuid::nil()),
        customer_id: CustomerId::new("alice"),
        fingerprint: Uuid::nil(),
        item: Item::Places { showing_id: ShowingId(Uuid::nil()), quantity: 2 },
        fulfilment: Fulfilment::ETicket,
        contact: Contact::default(),
        method: method.map(str::to_owned),
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
            let shown = now + Duration::from_secs(86_400);
            let held = tried.await_payment(holding(), Some(shown), Some(payment(0)), &TERMS, now);
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
        Happens::Cancelled => tried.cancel(now).map(Some),
        Happens::ShowingCancelled => tried.cancel_with_showing(now).map(Some),
        Happens::Moved(n) => {
            Ok(tried.follow_move(now + Duration::from_secs(n.into()), n.into(), now))
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
        story in prop::collection::vec(anything(), 0..24),
    ) {
        let mut booking = placed(paying.then_some("pm_card_visa"));
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
        let waiting = matches!(booking.state, State::Placed | State::AwaitingPayment);
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
    assert!(booking.clone().cancel(begun).is_err());
    assert!(booking.cancel(begun - Duration::from_secs(1)).is_ok());
}
