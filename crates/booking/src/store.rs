//! Bookings in the database: `load` and `save` of a unit of work. Nothing here decides.

mod booking;
mod details;
pub(crate) mod erasure;
mod job;
pub(crate) mod migrations;
mod unit;

use std::collections::BTreeSet;

use boxoffice_eventing::{Message, Work};
use boxoffice_kernel::Clock;
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

pub use self::unit::Unit;

use crate::Error;
use crate::commands::Command;
use crate::domain::{Booking, Terms};

pub(crate) use self::booking::{Column, Entity, Model, StateColumn};
pub(crate) use self::details::Traced;
pub(crate) use self::job::{after, waiting as waiting_jobs};

/// How a lane changes booking.
#[derive(Clone, Copy, Debug)]
pub struct Store {
    /// Tells the unit the time.
    pub clock: Clock,
    /// What decisions go by.
    pub terms: Terms,
}

// === impl Store ===

impl Work for Store {
    type Command = Command;
    type Answer = Option<Booking>;
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.key()
    }

    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        let ids: BTreeSet<Uuid> =
            commands.iter().filter_map(|it| it.booking_id()).map(|id| id.0).collect();
        let bookings = booking::load_locked(tx, &ids).await?;
        Ok(Unit::new(bookings, self.terms, self.clock.now()))
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<Option<Booking>, Error> {
        command.decide(unit)
    }

    fn recorded(unit: &mut Unit) -> Vec<Message> {
        unit.take_messages()
    }

    async fn save(&self, tx: &DatabaseTransaction, unit: Unit) -> Result<(), DbErr> {
        let changes = unit.into_changes();
        booking::insert(tx, changes.new).await?;
        booking::update(tx, changes.known).await?;
        job::save(tx, changes.jobs).await
    }
}
