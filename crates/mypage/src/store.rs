//! My page in the database: `load` and `save` of a unit of work. Nothing here decides.

pub(crate) mod booking;
pub(crate) mod customer;
pub(crate) mod migrations;
pub(crate) mod showing;
pub(crate) mod status;
pub(crate) mod step;
pub(crate) mod title;
mod unit;

use std::collections::BTreeSet;

use boxoffice_eventing::{Message, Work};
use boxoffice_kernel::CustomerId;
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

pub(crate) use self::unit::Unit;

use crate::Error;
use crate::commands::Command;
use crate::watchers::Nudge;

/// How the lanes change my page.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    /// Told of every batch.
    pub nudge: Nudge,
}

// === impl Store ===

impl Work for Store {
    type Command = Command;
    type Answer = ();
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.key()
    }

    /// Bookings first, then their customers: a customer's row is what the changes of their bookings
    /// are numbered by, so whoever changes one has it locked until the commit.
    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        let (mut bookings, mut events) = (BTreeSet::new(), BTreeSet::new());
        let (mut showings, mut titles) = (BTreeSet::new(), BTreeSet::new());
        let mut customers: BTreeSet<CustomerId> = BTreeSet::new();
        for command in commands {
            match command {
                Command::Record(record) => {
                    bookings.insert(record.step.booking_id.0);
                    events.insert(record.step.event_id);
                    customers.extend(record.customer_id().cloned());
                }
                Command::Showing(follow) => {
                    showings.insert(follow.showing_id.0);
                }
                Command::Title(follow) => {
                    titles.insert(follow.title_id.0);
                }
            }
        }
        let bookings = booking::load_locked(tx, &bookings).await?;
        customers.extend(bookings.iter().filter_map(|booking| booking.customer_id.clone()));
        let customers = customer::load_locked(tx, &customers).await?;
        let showings = showing::load_locked(tx, &showings).await?;
        let titles = title::load_locked(tx, &titles).await?;
        let known_steps = step::known(tx, &events).await?;
        Ok(Unit::new(bookings, customers, showings, titles, known_steps))
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<(), Error> {
        command.decide(unit);
        Ok(())
    }

    /// My page says nothing.
    fn recorded(_: &mut Unit) -> Vec<Message> {
        Vec::new()
    }

    async fn save(&self, tx: &DatabaseTransaction, unit: Unit) -> Result<(), DbErr> {
        let changes = unit.into_changes();
        booking::insert(tx, changes.new_bookings).await?;
        booking::update(tx, changes.bookings).await?;
        customer::insert(tx, changes.new_customers).await?;
        customer::update(tx, changes.customers).await?;
        showing::insert(tx, changes.new_showings).await?;
        showing::update(tx, changes.showings).await?;
        title::insert(tx, changes.new_titles).await?;
        title::update(tx, changes.titles).await?;
        step::insert(tx, changes.new_steps).await?;
        self.nudge.coming();
        Ok(())
    }
}
