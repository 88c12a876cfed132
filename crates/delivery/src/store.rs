//! Deliveries in the database: `load` and `save` of a unit of work. Nothing here decides.
//!
//! A booking's row in `orders` is what its delivery and tickets are locked by: whoever delivers it
//! and whoever calls it off meet there, also before there is any delivery.

pub(crate) mod delivery;
pub(crate) mod key;
pub(crate) mod migrations;
pub(crate) mod order;
pub(crate) mod ticket;
mod unit;

use std::collections::BTreeSet;

use boxoffice_eventing::{Message, Work};
use boxoffice_kernel::Clock;
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

pub(crate) use self::unit::Unit;

use self::key::Keys;
use crate::Error;
use crate::commands::Command;
use crate::domain::{Delivery, Pace};
use crate::events;

/// How the lanes change delivery.
#[derive(Debug)]
pub(crate) struct Store {
    /// Tells each unit the time.
    pub clock: Clock,
    /// How patiently a parcel is tried again.
    pub pace: Pace,
    /// The key that tickets are signed with.
    pub keys: Keys,
}

// === impl Store ===

impl Work for Store {
    type Command = Command;
    type Answer = Option<Delivery>;
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.delivery_id().map_or_else(Uuid::nil, |it| it.0)
    }

    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        let ids: BTreeSet<Uuid> =
            commands.iter().filter_map(|it| it.delivery_id()).map(|it| it.0).collect();
        let orders = order::load_locked(tx, &ids).await?;
        // An order that is not there has no delivery, and most commands are not about tickets.
        let known: BTreeSet<Uuid> = orders.iter().map(|it| it.delivery_id).collect();
        let deliveries = delivery::load(tx, &known).await?;
        let with_tickets = commands.iter().filter(|it| it.concerns_tickets());
        let with_tickets = with_tickets.filter_map(|it| it.delivery_id()).map(|it| it.0);
        let with_tickets = with_tickets.filter(|id| known.contains(id)).collect();
        let tickets = ticket::load(tx, &with_tickets).await?;
        let signing = commands.iter().any(|it| it.signs());
        let key = if signing { Some(self.keys.load(tx).await?) } else { None };
        // The time after the locks: nobody's change is older than one it waited for.
        Unit::new(orders, deliveries, tickets, key, self.pace, self.clock.now())
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<Option<Delivery>, Error> {
        command.decide(unit)
    }

    fn recorded(unit: &mut Unit) -> Vec<Message> {
        unit.take_events().iter().map(events::encode).collect()
    }

    async fn save(&self, tx: &DatabaseTransaction, unit: Unit) -> Result<(), DbErr> {
        let changes = unit.into_changes();
        order::insert(tx, changes.new_orders).await?;
        order::update(tx, changes.orders).await?;
        delivery::insert(tx, changes.new_deliveries).await?;
        delivery::update(tx, changes.deliveries).await?;
        ticket::insert(tx, changes.new_tickets).await?;
        ticket::update(tx, changes.tickets).await?;
        match changes.new_key {
            Some(issuer) => key::insert(tx, &issuer, changes.now).await,
            None => Ok(()),
        }
    }
}
