//! Reviews and ratings in the database: `load` and `save` of a unit of work. Nothing here decides.
//!
//! Ratings are locked before reviews, each in the order of their ids. A title has a row in
//! `ratings` once a review of it was published; that a customer has one live review of it is also
//! held by an index.

pub(crate) mod migrations;
pub(crate) mod rating;
pub(crate) mod review;
mod unit;

use std::collections::BTreeSet;

use boxoffice_eventing::{Message, Work};
use boxoffice_kernel::Clock;
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

pub(crate) use self::unit::Unit;

use crate::commands::Command;
use crate::domain::{Pace, Review};
use crate::{Error, events};

/// How the lanes change review.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    /// Tells each unit the time.
    pub(crate) clock: Clock,
    /// How patiently booking is asked again.
    pub(crate) pace: Pace,
}

// === impl Store ===

impl Work for Store {
    type Command = Command;
    type Answer = Option<Review>;
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.title_id().0
    }

    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        let rated: BTreeSet<Uuid> =
            commands.iter().filter(|it| it.rates()).map(|it| it.title_id().0).collect();
        let ratings = rating::load_locked(tx, &rated).await?;
        // Before the reviews themselves: one that another replica commits in between is then found
        // by its id, and not taken for a second one.
        let live = review::load_live(tx, commands).await?;
        let ids: BTreeSet<Uuid> = commands.iter().map(|it| it.review_id().0).collect();
        let reviews = review::load_locked(tx, &ids).await?;
        // The time after the locks: nobody's change is older than one it waited for.
        Ok(Unit::new(ratings, reviews, live, self.pace, self.clock.now()))
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<Option<Review>, Error> {
        command.decide(unit)
    }

    fn recorded(unit: &mut Unit) -> Vec<Message> {
        unit.take_events().iter().map(events::encode).collect()
    }

    /// What is new is inserted after what made room for it.
    async fn save(&self, tx: &DatabaseTransaction, unit: Unit) -> Result<(), DbErr> {
        let changes = unit.into_changes();
        rating::insert(tx, changes.new_ratings).await?;
        rating::update(tx, changes.ratings).await?;
        review::delete(tx, changes.withdrawn).await?;
        review::update(tx, changes.reviews).await?;
        review::insert(tx, changes.new_reviews).await
    }
}
