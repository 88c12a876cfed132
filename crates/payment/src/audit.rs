//! What `boxoffice audit` reads: our payments, the simulator's ledger, and where they disagree
//! (design §9, invariants 2 and 3). Only reads.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_kernel::{BookingId, CustomerId, Money, PaymentId};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, Select,
};

use crate::domain::{Payment, State};
use crate::provider::simulator::{Entry, row};
use crate::provider::stripe;
use crate::store::{account, payment};

/// A payment, as far as an audit goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    /// The attempt.
    pub payment_id: PaymentId,
    /// For which booking.
    pub booking_id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub standing: Standing,
    /// Whether payment knows that its booking is closed.
    pub closed: bool,
}

/// Where a payment stands, as far as money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not known yet; the worker is at it.
    InFlight,
    /// Taken and kept.
    Approved,
    /// Taken, and not given back yet; the worker is at it.
    Refunding,
    /// Never taken.
    NotTaken,
    /// Taken and given back.
    GivenBack,
}

/// One charge in the simulator's ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargeRow {
    /// The idempotency key.
    pub key: PaymentId,
    /// How much.
    pub amount: Money,
    /// Whether it was given back.
    pub refunded: bool,
}

/// Where our payments and the provider's ledger disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// We count on money that is not there.
    #[error("payment {0} is approved, but the provider keeps no charge of that amount")]
    NotThere(PaymentId),
    /// The provider keeps money that we don't count on.
    #[error("the provider keeps {amount} under key {key}, but no payment does")]
    NotOurs {
        /// The key.
        key: PaymentId,
        /// How much.
        amount: Money,
    },
    /// We say that money was given back, and the provider does not.
    #[error("payment {0} was given back, but the provider has no such refund")]
    NotGivenBack(PaymentId),
    /// The provider gave back what we say was never taken.
    #[error("the provider gave back {amount} under key {key}, but no payment says so")]
    GivenBackUnsaid {
        /// The key.
        key: PaymentId,
        /// How much.
        amount: Money,
    },
}

/// Every payment, in the order of its id.
pub async fn payments(db: &DatabaseConnection) -> Result<Vec<PaymentRow>, DbErr> {
    read(db, account::Entity::find(), payment::Entity::find()).await
}

/// The payments of one booking.
pub async fn payments_of(db: &DatabaseConnection, id: BookingId) -> Result<Vec<PaymentRow>, DbErr> {
    let accounts = account::Entity::find().filter(account::Column::BookingId.eq(id.0));
    let payments = payment::Entity::find().filter(payment::Column::BookingId.eq(id.0));
    read(db, accounts, payments).await
}

async fn read(
    db: &DatabaseConnection,
    accounts: Select<account::Entity>,
    payments: Select<payment::Entity>,
) -> Result<Vec<PaymentRow>, DbErr> {
    let closed = accounts.filter(account::Column::ClosedAt.is_not_null());
    let closed: BTreeSet<_> = closed.all(db).await?.into_iter().map(|it| it.booking_id).collect();
    let rows = payments.order_by_asc(payment::Column::Id).all(db).await?;
    let read = |row: payment::Model| {
        let closed = closed.contains(&row.booking_id);
        let Payment { intent, state, .. } = row.try_into()?;
        Ok(PaymentRow {
            payment_id: intent.payment_id,
            booking_id: intent.booking_id,
            customer_id: intent.customer_id,
            amount: intent.amount,
            standing: standing(&state),
            closed,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Every charge the simulator ever made, in the order of its key.
pub async fn charges(db: &DatabaseConnection) -> Result<Vec<ChargeRow>, DbErr> {
    let rows = row::Entity::find()
        .filter(row::Column::State.is_in([row::StateColumn::Charged, row::StateColumn::Refunded]))
        .order_by_asc(row::Column::Key)
        .all(db)
        .await?;
    let mut charges = Vec::with_capacity(rows.len());
    for row in rows {
        let refunded = row.state == row::StateColumn::Refunded;
        let Entry { key, charge, .. } = row.try_into()?;
        charges.extend(charge.map(|(amount, _)| ChargeRow { key, amount, refunded }));
    }
    Ok(charges)
}

/// The payments whose money is in Stripe's books and not in the simulator's.
pub async fn at_stripe(db: &DatabaseConnection) -> Result<BTreeSet<PaymentId>, DbErr> {
    stripe::asked(db).await
}

/// Where the two disagree, charge by charge. What is in flight may stand either way. Money that came by another charge of the
/// same key and went back is no matter.
pub fn mismatches(payments: &[PaymentRow], charges: &[ChargeRow]) -> Vec<Mismatch> {
    let mut by_key: BTreeMap<_, Vec<&ChargeRow>> = BTreeMap::new();
    for charge in charges {
        by_key.entry(charge.key).or_default().push(charge);
    }
    let mut found = Vec::new();
    for PaymentRow { payment_id: key, amount, standing, .. } in payments {
        let theirs = by_key.remove(key).unwrap_or_default();
        let counts = |refunded: bool| {
            theirs.iter().position(|it| it.amount == *amount && it.refunded == refunded)
        };
        let counted = match standing {
            Standing::InFlight | Standing::Refunding => continue,
            Standing::NotTaken => {
                found.extend(theirs.into_iter().map(unsaid));
                continue;
            }
            Standing::Approved => counts(false).ok_or(Mismatch::NotThere(*key)),
            Standing::GivenBack => counts(true).ok_or(Mismatch::NotGivenBack(*key)),
        };
        match counted {
            Ok(counted) => {
                let others = theirs.into_iter().enumerate().filter(|(at, _)| *at != counted);
                found.extend(others.filter(|(_, it)| !it.refunded).map(|(_, it)| unsaid(it)));
            }
            Err(mismatch) => found.push(mismatch),
        }
    }
    found.extend(by_key.into_values().flatten().map(unsaid));
    found
}

fn unsaid(&ChargeRow { key, amount, refunded }: &ChargeRow) -> Mismatch {
    if refunded {
        Mismatch::GivenBackUnsaid { key, amount }
    } else {
        Mismatch::NotOurs { key, amount }
    }
}

fn standing(state: &State) -> Standing {
    match state {
        State::Pending | State::Voiding => Standing::InFlight,
        State::Approved { .. } => Standing::Approved,
        State::Refunding { .. } => Standing::Refunding,
        State::Declined { .. } | State::Cancelled { reference: None } => Standing::NotTaken,
        State::Cancelled { reference: Some(_) } => Standing::GivenBack,
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_kernel::Currency;
    use uuid::Uuid;

    use super::*;

    const KEY: PaymentId = PaymentId(Uuid::nil());

    fn won(amount: i64) -> Money {
        Money::from_minor(amount, Currency::Krw).unwrap()
    }

    fn payment(standing: Standing) -> PaymentRow {
        PaymentRow {
            payment_id: KEY,
            booking_id: BookingId(Uuid::nil()),
            customer_id: CustomerId::new("alice"),
            amount: won(9_000),
            standing,
            closed: false,
        }
    }

    fn charge(amount: i64, refunded: bool) -> ChargeRow {
        ChargeRow { key: KEY, amount: won(amount), refunded }
    }

    #[test]
    fn ledgers_that_agree_are_silent() {
        for (standing, charges) in [
            (Standing::Approved, vec![charge(9_000, false)]),
            (Standing::GivenBack, vec![charge(9_000, true)]),
            (Standing::NotTaken, vec![]),
            (Standing::InFlight, vec![]),
            (Standing::InFlight, vec![charge(9_000, false)]),
            (Standing::Refunding, vec![charge(9_000, true)]),
            (Standing::Approved, vec![charge(9_000, true), charge(9_000, false)]),
        ] {
            assert_eq!(mismatches(&[payment(standing)], &charges), [], "{standing:?}");
        }
    }

    #[test]
    fn ledgers_that_disagree_are_told_row_by_row() {
        let kept = Mismatch::NotOurs { key: KEY, amount: won(9_000) };
        let given_back = Mismatch::GivenBackUnsaid { key: KEY, amount: won(9_000) };
        for (payments, charges, found) in [
            (vec![Standing::Approved], vec![], Mismatch::NotThere(KEY)),
            (vec![Standing::Approved], vec![charge(1, false)], Mismatch::NotThere(KEY)),
            (vec![Standing::Approved], vec![charge(9_000, true)], Mismatch::NotThere(KEY)),
            (vec![Standing::GivenBack], vec![charge(9_000, false)], Mismatch::NotGivenBack(KEY)),
            (vec![Standing::NotTaken], vec![charge(9_000, false)], kept),
            (vec![Standing::NotTaken], vec![charge(9_000, true)], given_back),
            (vec![], vec![charge(9_000, false)], kept),
            (vec![Standing::Approved], vec![charge(9_000, false), charge(9_000, false)], kept),
            (vec![Standing::GivenBack], vec![charge(9_000, false), charge(9_000, true)], kept),
        ] {
            let payments: Vec<_> = payments.into_iter().map(payment).collect();
            assert_eq!(mismatches(&payments, &charges), [found], "{payments:?} {charges:?}");
        }
    }
}
