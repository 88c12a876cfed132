//! The law of payment, over every order of events: no money is kept for a closed booking, and a
//! booking is never charged twice. The network delays, loses and reorders; the provider keeps its
//! word (see `Provider`); crashes are answers that nobody hears.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::time::Duration;

use boxoffice_kernel::{BookingId, Currency, CustomerId, Money, PaymentId, Time};
use boxoffice_payment::domain::{
    Account, Answer, Event, Intent, Method, Pace, Payment, Reference, State, Step, What,
};
use proptest::prelude::*;
use uuid::Uuid;

const ATTEMPTS: u128 = 2;
const PACE: Pace = Pace {
    attempt: Duration::from_secs(1),
    shortest: Duration::from_secs(1),
    longest: Duration::from_secs(4),
};

/// One thing that happens, in any order.
#[derive(Clone, Debug)]
enum Happening {
    /// A caller wants the money, and asks the provider.
    Approve(u128),
    /// Booking's event wants it.
    Request(u128),
    /// Booking closes.
    Close,
    /// Time goes by.
    Wait(u32),
    /// A worker takes up an attempt, if it is due, and asks the provider.
    Work(u128),
    /// One question under way reaches the provider.
    Arrive(usize),
    /// One answer under way is heard.
    Hear(usize),
    /// One answer under way is lost, with whoever waited for it.
    Lose(usize),
}

/// What the provider has under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Charged,
    Declined,
    Void,
    Refunded,
}

#[derive(Debug)]
struct World {
    now: Time,
    account: Account,
    declining: bool,
    provider: BTreeMap<PaymentId, Entry>,
    charges: BTreeMap<PaymentId, u32>,
    questions: Vec<(PaymentId, Step)>,
    answers: Vec<(PaymentId, Option<Answer>)>,
    said: Vec<Event>,
}

// === impl World ===

impl World {
    fn new(declining: bool) -> Self {
        Self {
            now: Time::UNIX_EPOCH,
            account: Account::new(BookingId(Uuid::nil())),
            declining,
            provider: BTreeMap::new(),
            charges: BTreeMap::new(),
            questions: Vec::new(),
            answers: Vec::new(),
            said: Vec::new(),
        }
    }

    fn happens(&mut self, happening: &Happening) {
        match happening {
            Happening::Approve(n) => {
                if let Ok((payment, event)) = self.account.approve(&intent(*n), &PACE, self.now) {
                    self.said.extend(event);
                    self.ask(&payment);
                }
            }
            Happening::Request(n) => {
                if let Ok(Some((_, event))) = self.account.request(&intent(*n), self.now) {
                    self.said.extend(event);
                }
            }
            Happening::Close => self.account.close(self.now),
            Happening::Wait(seconds) => self.now += Duration::from_secs((*seconds).into()),
            Happening::Work(n) => {
                if let Some(payment) = self.account.claim(id(*n), &PACE, self.now) {
                    self.ask(&payment);
                }
            }
            Happening::Arrive(k) => {
                if let Some((key, step)) = take(&mut self.questions, *k) {
                    let answer = self.answer(key, step);
                    self.answers.push((key, answer));
                }
            }
            Happening::Hear(k) => {
                if let Some((key, answer)) = take(&mut self.answers, *k) {
                    let heard = self.account.hear(key, answer.as_ref(), self.now);
                    let (payment, event) = heard.expect("the provider kept its word").unwrap();
                    self.said.extend(event);
                    // Whoever heard it goes on with whatever is next.
                    self.ask(&payment);
                }
            }
            Happening::Lose(k) => drop(take(&mut self.answers, *k)),
        }
    }

    fn ask(&mut self, payment: &Payment) {
        if let Some(step) = payment.step(self.now) {
            self.questions.push((payment.intent.payment_id, step));
        }
    }

    /// The provider, keeping its word: one charge a key, and what was given back or voided is
    /// never charged again.
    fn answer(&mut self, key: PaymentId, step: Step) -> Option<Answer> {
        let entry = self.provider.get(&key).cloned();
        let entry = match (step, entry) {
            (Step::Charge, None) if self.declining => Some(Entry::Declined),
            (Step::Charge, None) => {
                *self.charges.entry(key).or_default() += 1;
                Some(Entry::Charged)
            }
            (Step::Refund, None) => Some(Entry::Void),
            (Step::Refund, Some(Entry::Charged)) => Some(Entry::Refunded),
            (Step::Charge | Step::Find | Step::Refund, known) => known,
        };
        if let Some(entry) = &entry {
            self.provider.insert(key, entry.clone());
        }
        let reference = Reference(key.to_string());
        let answer = match entry? {
            Entry::Charged => Answer::Approved { reference },
            Entry::Declined if step == Step::Refund => Answer::Returned { reference: None },
            Entry::Declined => Answer::Declined { reason: "card_declined".to_owned() },
            Entry::Void => Answer::Returned { reference: None },
            Entry::Refunded => Answer::Returned { reference: Some(reference) },
        };
        Some(answer)
    }

    fn kept(&self) -> usize {
        self.provider.values().filter(|it| **it == Entry::Charged).count()
    }

    /// The process dies: what it asked still arrives, and nobody hears the answers.
    fn crash(&mut self) {
        while !self.questions.is_empty() {
            self.happens(&Happening::Arrive(0));
        }
        self.answers.clear();
    }

    /// Nothing new happens; what is under way arrives, and workers do what is due.
    fn settle(&mut self) {
        for _ in 0..100 {
            while !self.questions.is_empty() || !self.answers.is_empty() {
                self.happens(&Happening::Arrive(0));
                self.happens(&Happening::Hear(0));
            }
            self.happens(&Happening::Wait(10));
            (0..ATTEMPTS).for_each(|n| self.happens(&Happening::Work(n)));
            if self.questions.is_empty() {
                return;
            }
        }
        panic!("never comes to rest: {self:#?}");
    }
}

fn id(n: u128) -> PaymentId {
    PaymentId(Uuid::from_u128(n + 1))
}

fn intent(n: u128) -> Intent {
    Intent {
        payment_id: id(n),
        booking_id: BookingId(Uuid::nil()),
        customer_id: CustomerId::new("alice"),
        amount: Money::from_minor(9_000, Currency::Krw).unwrap(),
        method: Method::new("pm_card_visa"),
        expires_at: Time::UNIX_EPOCH + Duration::from_secs(5),
        traceparent: None,
    }
}

fn take<T>(list: &mut Vec<T>, k: usize) -> Option<T> {
    if list.is_empty() { None } else { Some(list.remove(k % list.len())) }
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        4 => (0..ATTEMPTS).prop_map(Happening::Approve),
        2 => (0..ATTEMPTS).prop_map(Happening::Request),
        1 => Just(Happening::Close),
        3 => (1..8_u32).prop_map(Happening::Wait),
        4 => (0..ATTEMPTS).prop_map(Happening::Work),
        6 => (0..3_usize).prop_map(Happening::Arrive),
        5 => (0..3_usize).prop_map(Happening::Hear),
        1 => (0..3_usize).prop_map(Happening::Lose),
    ];
    prop::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn no_money_is_kept_for_a_closed_booking_and_none_is_taken_twice(
        declining in prop::bool::weighted(0.2),
        crashing in prop::bool::ANY,
        happenings in happenings(),
    ) {
        let mut world = World::new(declining);
        for happening in &happenings {
            let said = world.said.len();
            let closed = world.account.is_closed();
            world.happens(happening);

            prop_assert!(world.kept() <= 1, "{:#?}", world);
            prop_assert!(world.charges.values().all(|charges| *charges == 1));
            for event in &world.said[said..] {
                let approved = matches!(event.what, What::Approved { .. });
                prop_assert!(!(closed && approved), "approved after closing: {:#?}", world);
            }
            for payment in &world.account.payments {
                prop_assert_eq!(payment.is_settled(), payment.next_attempt_at.is_none());
                let open = matches!(payment.state, State::Pending | State::Approved { .. });
                prop_assert!(!(world.account.is_closed() && open), "{:#?}", world);
            }
        }

        if crashing {
            world.crash();
        }
        world.settle();

        for payment in &world.account.payments {
            let entry = world.provider.get(&payment.intent.payment_id);
            let agrees = match payment.state {
                State::Approved { .. } => entry == Some(&Entry::Charged),
                State::Declined { .. } | State::Cancelled { reference: None } => {
                    matches!(entry, None | Some(Entry::Declined | Entry::Void))
                }
                State::Cancelled { reference: Some(_) } => entry == Some(&Entry::Refunded),
                State::Pending | State::Voiding | State::Refunding { .. } => false,
            };
            prop_assert!(agrees, "{:?} but the provider has {:?}", payment, entry);
        }
        let known = |key: &PaymentId| world.account.payment(*key).is_some();
        prop_assert!(world.provider.keys().all(known), "charged without an intent");
        if world.account.is_closed() {
            prop_assert_eq!(world.kept(), 0);
        }
        // A settled payment said how it ended, once, and in the order of its versions.
        for payment in &world.account.payments {
            let mut said =
                world.said.iter().filter(|it| it.payment_id == payment.intent.payment_id);
            let last = said.next_back().expect("a settled payment said so");
            prop_assert_eq!(last.sequence, payment.version);
            prop_assert!(said.is_sorted_by(|a, b| a.sequence < b.sequence));
        }
    }
}

/// The order that a check for what was charged, without closing the key, would lose money in.
#[test]
fn a_charge_that_was_overtaken_by_the_end_of_its_time_is_not_kept() {
    let mut world = World::new(false);
    for happening in [
        Happening::Approve(0), // its charge is slow
        Happening::Wait(6),
        Happening::Work(0), // asks what was charged
        Happening::Arrive(1),
        Happening::Hear(0),   // nothing; so the key is closed
        Happening::Arrive(0), // the charge, at last
        Happening::Lose(0),   // and nobody hears of it
    ] {
        world.happens(&happening);
    }
    assert_eq!(world.kept(), 1);

    world.settle();

    assert_eq!(world.kept(), 0);
    assert!(matches!(world.account.payments[0].state, State::Cancelled { reference: Some(_) }));
}
