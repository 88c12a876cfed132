//! Whom a booking waits for, since when, and until when: the saga's rules, read backwards.

use boxoffice_booking::audit::Saga;
use boxoffice_booking::domain::{Phase, State};
use boxoffice_kernel::Time;
use boxoffice_payment::audit::Standing;
use boxoffice_seating::audit::HoldState;

/// What the other contexts have of a booking.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) hold: Option<HoldState>,
    pub(super) payments: Vec<Standing>,
    pub(super) delivered: bool,
    pub(super) licensed: bool,
}

/// Somebody has to do something before the booking is where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    /// A context, or the customer.
    pub(super) whom: &'static str,
    /// `to sell the seats`.
    pub(super) what: &'static str,
    pub(super) since: Time,
    pub(super) until: Option<Time>,
}

const CUSTOMER: &str = "the customer";

// === impl Facts ===

impl Facts {
    pub(super) fn waiting(&self, saga: &Saga, now: Time) -> Vec<Waiting> {
        let is_showing = saga.booking.showing_id.is_some();
        let changed = |whom, what| Waiting { whom, what, since: saga.updated_at, until: None };
        let those = |waits: &[(bool, &'static str, &'static str)]| {
            waits.iter().filter(|it| it.0).map(|&(_, whom, what)| changed(whom, what)).collect()
        };
        match saga.booking.state {
            State::Placed if is_showing => vec![changed("seating", "to hold the seats")],
            State::Placed => vec![changed("catalog", "to say what the title costs")],
            State::AwaitingPayment => vec![paying(saga, now)],
            State::Cancelling => vec![changed("streaming", "to revoke the licence")],
            State::Confirmed => those(&[
                (is_showing && self.hold != Some(HoldState::Sold), "seating", "to sell the seats"),
                (is_showing && !self.delivered, "delivery", "to make the tickets"),
                (!is_showing && !self.licensed, "streaming", "to grant the licence"),
            ]),
            State::Rejected | State::Expired | State::Cancelled => those(&[
                (self.has_seats(), "seating", "to release the seats"),
                (self.has(Standing::InFlight), "payment", "to end an attempt to pay"),
                (self.has_money(), "payment", "to give the money back"),
                (self.delivered, "delivery", "to call the tickets back"),
                (self.licensed, "streaming", "to revoke the licence"),
            ]),
        }
    }

    fn has_seats(&self) -> bool {
        matches!(self.hold, Some(HoldState::Held | HoldState::Sold))
    }

    fn has(&self, standing: Standing) -> bool {
        self.payments.contains(&standing)
    }

    fn has_money(&self) -> bool {
        self.has(Standing::Approved) || self.has(Standing::Refunding)
    }
}

fn paying(saga: &Saga, now: Time) -> Waiting {
    let until = saga.expires_at;
    let pending = saga.attempts.last().filter(|it| it.is_pending());
    match (pending, until) {
        (Some(attempt), _) => {
            let what = match attempt.phase {
                Phase::InCall => "to answer the call that pays",
                Phase::Requested => "to settle an attempt to pay",
            };
            Waiting { whom: "payment", what, since: attempt.began_at, until }
        }
        (None, Some(over)) if over <= now => {
            Waiting { whom: "booking", what: "to let it expire", since: over, until: None }
        }
        (None, _) => Waiting { whom: CUSTOMER, what: "to pay", since: saga.updated_at, until },
    }
}

// === impl Waiting ===

impl Waiting {
    pub(super) fn is_customer(&self) -> bool {
        self.whom == CUSTOMER
    }

    /// `for payment to settle an attempt to pay, 2m 3s, until 10:20:00`
    pub(super) fn told(&self, now: Time) -> String {
        let Self { whom, what, since, until } = self;
        let until = until.map(|it| format!(", until {}", it.format("%H:%M:%S")));
        format!("for {whom} {what}, {}{}", super::ago(*since, now), until.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use boxoffice_booking::audit::BookingRow;
    use boxoffice_booking::domain::{Attempt, Fulfilment, Outcome};
    use boxoffice_kernel::{BookingId, CustomerId, PaymentId, ShowingId};
    use uuid::Uuid;

    use super::*;

    const PLACED: Time = Time::UNIX_EPOCH;

    fn saga(state: State, showing: bool) -> Saga {
        Saga {
            booking: BookingRow {
                id: BookingId(Uuid::nil()),
                customer_id: CustomerId::new("alice"),
                state,
                fulfilment: if showing { Fulfilment::ETicket } else { Fulfilment::Stream },
                title_id: None,
                showing_id: showing.then_some(ShowingId(Uuid::nil())),
                seats: Vec::new(),
                quantity: 1,
                amount: None,
                payment_id: None,
            },
            placed_at: PLACED,
            updated_at: PLACED,
            expires_at: Some(PLACED + Duration::from_secs(600)),
            attempts: Vec::new(),
            rejection: None,
            traceparent: None,
        }
    }

    fn whom(facts: &Facts, saga: &Saga, seconds: u64) -> Vec<&'static str> {
        let now = PLACED + Duration::from_secs(seconds);
        facts.waiting(saga, now).into_iter().map(|it| it.whom).collect()
    }

    #[test]
    fn whoever_has_to_act_next_is_named() {
        let sold = Facts { hold: Some(HoldState::Sold), delivered: true, ..Facts::default() };
        let licensed = Facts { licensed: true, ..Facts::default() };
        let released = Facts { hold: Some(HoldState::Released), ..Facts::default() };
        let refunding = Facts { payments: vec![Standing::Refunding], ..released.clone() };
        for (facts, saga, expected) in [
            (&Facts::default(), saga(State::Placed, true), &["seating"][..]),
            (&Facts::default(), saga(State::Placed, false), &["catalog"]),
            (&Facts::default(), saga(State::AwaitingPayment, true), &["the customer"]),
            (&Facts::default(), saga(State::Confirmed, true), &["seating", "delivery"]),
            (&sold, saga(State::Confirmed, true), &[]),
            (&Facts::default(), saga(State::Confirmed, false), &["streaming"]),
            (&licensed, saga(State::Confirmed, false), &[]),
            (&licensed, saga(State::Cancelling, false), &["streaming"]),
            (&released, saga(State::Rejected, true), &[]),
            (&refunding, saga(State::Cancelled, true), &["payment"]),
            (&sold, saga(State::Expired, true), &["seating", "delivery"]),
        ] {
            assert_eq!(whom(facts, &saga, 1), expected, "{facts:?} {:?}", saga.booking.state);
        }
    }

    #[test]
    fn an_unpaid_booking_waits_for_its_customer_until_it_is_over() {
        let mut saga = saga(State::AwaitingPayment, true);
        assert_eq!(whom(&Facts::default(), &saga, 599), ["the customer"]);
        assert_eq!(whom(&Facts::default(), &saga, 600), ["booking"]);
        let attempt = Attempt::begin(PaymentId(Uuid::nil()), "pm".to_owned(), false, PLACED);
        saga.attempts.push(Attempt { phase: Phase::Requested, ..attempt });
        assert_eq!(whom(&Facts::default(), &saga, 1), ["payment"]);
        saga.attempts[0].outcome = Outcome::Declined("card_declined".to_owned());
        assert_eq!(whom(&Facts::default(), &saga, 1), ["the customer"]);
    }
}
