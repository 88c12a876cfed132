//! The simulator's rules: one entry a key, and what a charge or a refund makes of it. Pure.

use boxoffice_eventing::{Turned, database};
use boxoffice_kernel::{Fault, Kind, Money, PaymentId, Time};
use sea_orm::DbErr;

use super::super::Charge;
use crate::domain::{Answer, Method, Reference};

/// What a method does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// The money is taken.
    Approve,
    /// It is not, for this reason.
    Decline(&'static str),
    /// It is taken, but only after a while.
    Slow,
    /// It is taken at once, but the answer comes after a while.
    Late,
    /// No answer, and nothing is taken, ever.
    Unavailable,
    /// The same this many times; then the money is taken.
    UnavailableTimes(u32),
}

/// What is known under one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The key.
    pub key: PaymentId,
    /// What was to be taken; `None`: the key was closed before any charge with it arrived.
    pub charge: Option<(Money, Method)>,
    /// What became of it.
    pub outcome: Outcome,
    /// When that was.
    pub at: Time,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Asked for this many times, and not answered.
    Unanswered {
        /// How often.
        times: u32,
    },
    /// The money was taken.
    Charged,
    /// It was not.
    Declined {
        /// Why.
        reason: String,
    },
    /// It was taken and given back.
    Refunded,
    /// Nothing was taken, and nothing will be.
    Void,
}

/// What can be asked of the ledger.
#[derive(Debug)]
pub(crate) enum Command {
    /// Take the money.
    Charge(Charge),
    /// Give it back.
    Refund(PaymentId),
}

/// What a command makes of its entry, and what the caller hears.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The entry as it is afterwards; `None`: as before.
    pub after: Option<Entry>,
    /// `None`: nothing; to the caller the provider is unavailable.
    pub answer: Option<Answer>,
}

/// Why the ledger did not decide.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The key stands for another charge.
    #[error("key {0} stands for a different charge")]
    KeyReused(PaymentId),
    /// The lane did not take it.
    #[error(transparent)]
    Turned(#[from] Turned),
    /// The database.
    #[error("the simulator's ledger could not be written")]
    Store(#[from] DbErr),
}

// === impl Command ===

impl Command {
    pub(super) fn key(&self) -> PaymentId {
        match self {
            Self::Charge(charge) => charge.key,
            Self::Refund(key) => *key,
        }
    }

    /// One entry a key, whatever comes twice, late or in the other order.
    pub(super) fn decide(&self, entry: Option<&Entry>, now: Time) -> Result<Decision, Error> {
        let key = self.key();
        let (charge, outcome) = match self {
            Self::Charge(charge) => {
                let Some(outcome) = charge.outcome(entry)? else {
                    return Ok(Decision { after: None, answer: None });
                };
                (Some((charge.amount, charge.method.clone())), outcome)
            }
            Self::Refund(_) => (
                entry.and_then(|it| it.charge.clone()),
                entry.map_or(Outcome::Void, |it| it.outcome.refunded()),
            ),
        };
        let answer = outcome.answer(key);
        let changed = entry.is_none_or(|before| before.outcome != outcome);
        let after = changed.then_some(Entry { key, charge, outcome, at: now });
        Ok(Decision { after, answer })
    }
}

// === impl Charge ===

impl Charge {
    /// `None`: nothing happens, not even an entry.
    fn outcome(&self, entry: Option<&Entry>) -> Result<Option<Outcome>, Error> {
        let before = match entry {
            None => 0,
            Some(Entry { charge: Some((amount, method)), .. })
                if (amount, method) != (&self.amount, &self.method) =>
            {
                return Err(Error::KeyReused(self.key));
            }
            Some(Entry { outcome: Outcome::Unanswered { times }, .. }) => *times,
            Some(Entry { outcome, .. }) => return Ok(Some(outcome.clone())),
        };
        let outcome = match Behaviour::of(&self.method) {
            Behaviour::Approve | Behaviour::Slow | Behaviour::Late => Outcome::Charged,
            Behaviour::Decline(reason) => Outcome::Declined { reason: reason.to_owned() },
            Behaviour::Unavailable => return Ok(None),
            Behaviour::UnavailableTimes(times) if before < times => {
                Outcome::Unanswered { times: before + 1 }
            }
            Behaviour::UnavailableTimes(_) => Outcome::Charged,
        };
        Ok(Some(outcome))
    }
}

// === impl Outcome ===

impl Outcome {
    /// What the provider says of it; `None`: nothing was taken or decided.
    pub(super) fn answer(&self, key: PaymentId) -> Option<Answer> {
        let reference = || Reference(format!("sim_{}", key.0.simple()));
        match self {
            Self::Unanswered { .. } => None,
            Self::Charged => Some(Answer::Approved { reference: reference() }),
            Self::Declined { reason } => Some(Answer::Declined { reason: reason.clone() }),
            Self::Refunded => Some(Answer::Returned { reference: Some(reference()) }),
            Self::Void => Some(Answer::Returned { reference: None }),
        }
    }

    fn refunded(&self) -> Self {
        match self {
            Self::Charged | Self::Refunded => Self::Refunded,
            Self::Unanswered { .. } | Self::Void => Self::Void,
            Self::Declined { reason } => Self::Declined { reason: reason.clone() },
        }
    }
}

// === impl Error ===

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::KeyReused(_) => Kind::Invalid,
            Self::Turned(turned) => turned.kind(),
            Self::Store(error) => database::kind(error),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::KeyReused(_) => "KEY_REUSED",
            Self::Turned(turned) => turned.reason(),
            Self::Store(_) => "LEDGER_UNAVAILABLE",
        }
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_kernel::{BookingId, Currency};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const KEY: PaymentId = PaymentId(Uuid::nil());

    fn charge(method: &str) -> Command {
        let amount = Money::from_minor(9_000, Currency::Krw).unwrap();
        let booking_id = BookingId(Uuid::nil());
        Command::Charge(Charge { key: KEY, booking_id, amount, method: Method::new(method) })
    }

    /// Runs the commands one after the other; the answers, and the entry that is left.
    fn run(commands: &[Command]) -> (Vec<Option<Answer>>, Option<Entry>) {
        let mut entry = None;
        let answers = commands.iter().map(|command| {
            let decision = command.decide(entry.as_ref(), Time::UNIX_EPOCH).unwrap();
            entry = decision.after.or_else(|| entry.take());
            decision.answer
        });
        (answers.collect(), entry)
    }

    fn approved() -> Option<Answer> {
        Outcome::Charged.answer(KEY)
    }

    #[test]
    fn a_repeated_charge_is_answered_as_the_first() {
        let (answers, entry) = run(&[charge("pm_card_visa"), charge("pm_card_visa")]);
        assert_eq!(answers, [approved(), approved()]);
        assert_eq!(entry.map(|it| it.outcome), Some(Outcome::Charged));
    }

    #[test]
    fn unavailable_three_times_then_approves() {
        let tries: Vec<_> = (0..5).map(|_| charge("pm_sim_unavailable_3")).collect();
        let (answers, _) = run(&tries);
        assert_eq!(answers, [None, None, None, approved(), approved()]);
    }

    #[test]
    fn unavailable_takes_nothing() {
        let (answers, entry) = run(&[charge("pm_sim_unavailable"), charge("pm_sim_unavailable")]);
        assert_eq!((answers, entry), (vec![None, None], None));
    }

    #[test]
    fn a_charge_after_the_refund_takes_nothing() {
        let (answers, entry) = run(&[Command::Refund(KEY), charge("pm_card_visa")]);
        let never_taken = Some(Answer::Returned { reference: None });
        assert_eq!(answers, [never_taken.clone(), never_taken]);
        assert_eq!(entry.map(|it| it.outcome), Some(Outcome::Void));
    }

    #[test]
    fn a_decline_stays_one_through_a_refund() {
        let method = "pm_card_chargeDeclined";
        let (_, entry) = run(&[charge(method), Command::Refund(KEY), charge(method)]);
        let reason = "card_declined".to_owned();
        assert_eq!(entry.map(|it| it.outcome), Some(Outcome::Declined { reason }));
    }

    #[test]
    fn a_key_stands_for_one_charge() {
        let (_, entry) = run(&[charge("pm_card_visa")]);
        let refused = charge("pm_card_amex").decide(entry.as_ref(), Time::UNIX_EPOCH);
        assert!(matches!(refused, Err(Error::KeyReused(KEY))));
    }

    proptest! {
        /// The provider's promise: nothing is taken twice, and nothing after a refund.
        #[test]
        fn what_is_closed_stays_empty(
            method in prop::sample::select(vec![
                "pm_card_visa", "pm_card_chargeDeclined", "pm_sim_slow", "pm_sim_unavailable_3",
            ]),
            refunds in prop::collection::vec(prop::bool::ANY, 0..12),
        ) {
            let commands: Vec<_> = refunds
                .iter()
                .map(|refund| if *refund { Command::Refund(KEY) } else { charge(method) })
                .collect();
            for known in 0..=commands.len() {
                let (_, entry) = run(&commands[..known]);
                let closed = refunds[..known].contains(&true);
                let charged = entry.is_some_and(|it| it.outcome == Outcome::Charged);
                prop_assert!(!(closed && charged));
            }
        }
    }
}
