//! Seating in the database: `load` and `save` of a unit of work. Nothing here decides.
//!
//! The row of a showing is locked first, and is the lock of its seats and holds too: whoever has it
//! reads and writes those alone. So a hot showing costs one locked row a batch, and of its seats
//! only those that somebody asked for are ever read.

mod hall;
mod hold;
mod layout;
mod migrations;
mod rows;
mod seat;
mod showing;
mod title;
mod unit;

pub use self::layout::Layouts;
pub use self::migrations::migrations;
pub use self::unit::Unit;
pub(crate) use self::{
    hall::find as find_hall,
    hold::entity as hold_row,
    seat::entity as seat_row,
    showing::{entity as showing_row, read as read_showing},
    title::{future as future_showings, withdrawing},
};

use boxoffice_eventing::{Message, Work};
use boxoffice_kernel::Clock;
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use crate::commands::{Answer, Command, Touched};
use crate::seat_map::Nudge;
use crate::{Error, events};

/// Loads and saves what commands touch.
#[derive(Clone, Debug)]
pub struct Store {
    clock: Clock,
    layouts: Layouts,
    nudge: Nudge,
}

// === impl Store ===

impl Store {
    /// A store that finds layouts it has seen before in `layouts`, and tells `nudge` of every batch.
    pub fn new(clock: Clock, layouts: Layouts, nudge: Nudge) -> Self {
        Self { clock, layouts, nudge }
    }
}

impl Work for Store {
    type Command = Command;
    type Answer = Answer;
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.key()
    }

    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        let mut touched = Touched::default();
        for command in commands {
            command.touches(&mut touched);
        }
        let halls = hall::lock(tx, &touched.halls).await?;
        let titles = title::lock(tx, &touched.titles).await?;
        let showings = showing::lock(tx, &touched.showings).await?;

        let wanted = halls.iter().map(|it| it.layout_id);
        let wanted = wanted.chain(showings.iter().filter_map(|it| it.layout_id));
        let wanted = wanted.chain(touched.layouts.iter().map(|id| id.0)).collect();
        let layouts = self.layouts.load(tx, wanted).await?;

        let holds = hold::load(tx, &touched.holds).await?;
        // Of a showing that does not exist there is no seat to look at.
        touched.seats.retain(|id, _| showings.iter().any(|it| it.id == id.0));
        for hold in holds.iter().filter(|it| !it.seats.is_empty()) {
            touched.seats.entry(hold.showing_id).or_default().extend(hold.seats.iter().cloned());
        }
        let seats = seat::load(tx, &touched.seats).await?;

        let mut unit = Unit::new(self.clock.now());
        unit.loaded_halls(hall::read(halls, &layouts)?);
        unit.loaded_titles(titles);
        unit.loaded_showings(showing::read_all(showings, &layouts)?, seats);
        unit.loaded_holds(holds);
        unit.loaded_layouts(layouts);
        Ok(unit)
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<Answer, Error> {
        command.decide(unit)
    }

    fn recorded(unit: &mut Unit) -> Vec<Message> {
        let now = unit.now();
        unit.take_events().into_iter().map(|event| events::encode(event, now)).collect()
    }

    /// What was locked is updated. What is new is only ever inserted, sorted by key: if another
    /// replica made it first, the transaction fails, runs again, and sees that first one.
    async fn save(&self, tx: &DatabaseTransaction, unit: Unit) -> Result<(), DbErr> {
        self.nudge.coming();
        let changes = unit.changes();
        layout::insert(tx, changes.layouts).await?;
        hall::save(tx, changes.halls).await?;
        title::save(tx, changes.titles).await?;
        showing::save(tx, changes.showings).await?;
        hold::save(tx, changes.holds).await?;
        seat::save(tx, changes.seats).await
    }
}
