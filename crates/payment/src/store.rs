//! Payments in the database: `load` and `save` of a unit of work. Nothing here decides.
//!
//! A booking's row in `accounts` is what its payments are locked by: whoever wants to pay it and
//! whoever closes it meet there, also before there is any payment.

pub(crate) mod account;
pub(crate) mod migrations;
pub(crate) mod payment;
mod unit;

use std::collections::BTreeSet;

use boxoffice_eventing::{Message, Work};
use boxoffice_kernel::{BookingId, Clock, Currency, Money};
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

pub(crate) use self::unit::Unit;

use crate::Error;
use crate::commands::Command;
use crate::domain::{Pace, Payment};
use crate::events;

/// How the lanes change payment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    /// Tells each unit the time.
    pub clock: Clock,
    /// How patiently the provider is asked again.
    pub pace: Pace,
}

// === impl Store ===

impl Work for Store {
    type Command = Command;
    type Answer = Option<Payment>;
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.booking_id().0
    }

    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        let bookings: BTreeSet<Uuid> = commands.iter().map(|it| it.booking_id().0).collect();
        let accounts = account::load_locked(tx, &bookings).await?;
        // An account that is not there has no payments, and most commands are about one payment.
        let known: BTreeSet<BookingId> = accounts.iter().map(|it| it.booking_id).collect();
        let whole = commands.iter().filter(|it| it.concerns_all()).map(|it| it.booking_id());
        let whole = whole.filter(|id| known.contains(id)).collect();
        let single = commands.iter().filter_map(|it| it.payment_id()).collect();
        let payments = payment::load(tx, &whole, &single).await?;
        // The time after the locks: nobody's change is older than one it waited for.
        Ok(Unit::new(accounts, payments, self.pace, self.clock.now()))
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<Option<Payment>, Error> {
        command.decide(unit)
    }

    fn recorded(unit: &mut Unit) -> Vec<Message> {
        unit.take_events().iter().map(events::encode).collect()
    }

    async fn save(&self, tx: &DatabaseTransaction, unit: Unit) -> Result<(), DbErr> {
        let changes = unit.into_changes();
        account::insert(tx, changes.new_accounts).await?;
        account::update(tx, changes.accounts).await?;
        payment::insert(tx, changes.new_payments).await?;
        payment::update(tx, changes.payments).await
    }
}

/// An amount, stored as its minor units and its currency.
pub(crate) fn amount(minor: i64, currency: &str) -> Result<Money, DbErr> {
    currency
        .parse::<Currency>()
        .and_then(|currency| Money::from_minor(minor, currency))
        .map_err(|unsound| DbErr::Type(format!("not an amount: {unsound}")))
}
