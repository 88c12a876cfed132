//! One notice, and how it gets to its customer.

use boxoffice_kernel::{BookingId, CustomerId, NoticeId, Time};

use super::{Event, Language, Pace, Topic};

/// Something one customer is told about one booking.
///
/// ```text
/// SENDING ──told, or no address to send to──▶ SENT
///    │
///    └──────the mail server's no is final───▶ UNDELIVERABLE
/// ```
///
/// It can be read in the customer's list from the beginning, whatever becomes of its e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Follows from the event that caused it, so that no event causes two.
    pub id: NoticeId,
    /// About which booking.
    pub booking_id: BookingId,
    /// Whom it tells.
    pub customer_id: CustomerId,
    /// What it tells.
    pub topic: Topic,
    /// In which language; English until it is known what the customer reads.
    pub language: Language,
    /// How far it has come.
    pub state: State,
    /// How often it was taken in hand.
    pub attempts: u32,
    /// When it is taken in hand next; `None` exactly when nothing is left to be done.
    pub next_attempt_at: Option<Time>,
    /// When what it tells happened.
    pub created_at: Time,
    /// Whose trace it belongs to, in the W3C's words.
    pub traceparent: Option<String>,
}

/// How far a notice has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its e-mail is still to be sent.
    Sending,
    /// Its e-mail was sent, if the customer has an address.
    Sent,
    /// The mail server refused its e-mail for good.
    Undeliverable,
}

/// What came of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server took it, or there is no address to send it to.
    Sent,
    /// The mail server's no is final.
    Undeliverable,
    /// Not yet; it is tried again at its pace.
    Postponed,
}

// === impl Notice ===

impl Notice {
    /// To be sent as soon as that can be.
    pub fn new(
        id: NoticeId,
        booking_id: BookingId,
        customer_id: CustomerId,
        topic: Topic,
        created_at: Time,
    ) -> Self {
        Self {
            id,
            booking_id,
            customer_id,
            topic,
            language: Language::default(),
            state: State::Sending,
            attempts: 0,
            next_attempt_at: Some(created_at),
            created_at,
            traceparent: None,
        }
    }

    /// Takes it in hand: until that attempt is over, nobody else does. `false`: it is not due, so
    /// somebody else has it.
    pub fn claim(&mut self, pace: &Pace, now: Time) -> bool {
        if self.next_attempt_at.is_none_or(|at| at > now) {
            return false;
        }
        self.next_attempt_at = Some(pace.again_at(self.attempts, now));
        self.attempts = self.attempts.saturating_add(1);
        true
    }

    /// Takes in what came of an attempt. One that is heard of late changes nothing any more.
    pub fn hear(&mut self, outcome: Outcome, language: Language, now: Time) -> Option<Event> {
        match (self.state, outcome) {
            (State::Sending, Outcome::Postponed) => {
                self.language = language;
                None
            }
            (State::Sending, Outcome::Undeliverable) => {
                self.end(State::Undeliverable, language);
                None
            }
            // Of two attempts that overlapped, one got through: it was told.
            (State::Sending | State::Undeliverable, Outcome::Sent) => {
                self.end(State::Sent, language);
                Some(Event::Sent { notice: self.clone(), at: now })
            }
            (State::Undeliverable, Outcome::Undeliverable | Outcome::Postponed)
            | (State::Sent, Outcome::Sent | Outcome::Undeliverable | Outcome::Postponed) => None,
        }
    }

    fn end(&mut self, state: State, language: Language) {
        self.state = state;
        self.language = language;
        self.next_attempt_at = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    const START: Time = Time::UNIX_EPOCH;
    const PACE: Pace = Pace {
        attempt: Duration::from_secs(10),
        shortest: Duration::from_secs(1),
        longest: Duration::from_secs(60),
    };

    fn notice() -> Notice {
        let (id, booking_id) = (NoticeId(Uuid::nil()), BookingId(Uuid::nil()));
        let topic = Topic::BookingExpired;
        Notice::new(id, booking_id, CustomerId::new("alice"), topic, START)
    }

    #[test]
    fn whoever_claims_it_has_it_until_the_attempt_is_over() {
        let mut notice = notice();
        assert!(notice.claim(&PACE, START));
        assert!(!notice.claim(&PACE, START + Duration::from_secs(10)));
        assert!(notice.claim(&PACE, START + Duration::from_secs(11)), "its claimer has died");
        assert!(!notice.claim(&PACE, START + Duration::from_secs(22)), "and the pauses grow");
    }

    #[test]
    fn it_is_said_to_be_sent_once() {
        for first in [Outcome::Postponed, Outcome::Undeliverable, Outcome::Sent] {
            let mut notice = notice();
            notice.claim(&PACE, START);
            let heard = [first, Outcome::Sent, Outcome::Undeliverable, Outcome::Postponed];
            let said = heard.map(|outcome| notice.hear(outcome, Language::Korean, START));
            assert_eq!(said.iter().flatten().count(), 1, "{first:?} first");
            assert_eq!((notice.state, notice.next_attempt_at), (State::Sent, None));
        }
    }

    #[test]
    fn what_is_postponed_stays_to_be_sent_in_its_language() {
        let mut notice = notice();
        assert!(notice.claim(&PACE, START));
        assert_eq!(notice.hear(Outcome::Postponed, Language::Korean, START), None);
        assert_eq!((notice.state, notice.language), (State::Sending, Language::Korean));
        assert!(notice.claim(&PACE, START + Duration::from_secs(60)));
    }
}
