//! Titles in the database: `load` and `save` of a unit of work. Nothing here decides.

pub(crate) mod migrations;
pub(crate) mod title;

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_eventing::{Message, Work};
use boxoffice_kernel::{Clock, Time, TitleId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::commands::Command;
use crate::domain::{Event, Title};
use crate::{Error, events};

/// Rows in one statement. A title may be 80 kB with its search text; a MariaDB packet is 16 MB.
const ROWS: usize = 100;

/// Loads and saves what the lanes work on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    /// Tells the unit the time.
    pub(crate) clock: Clock,
}

/// The titles one transaction works on, and what it has to say about them.
#[derive(Debug)]
pub(crate) struct Unit {
    now: Time,
    titles: BTreeMap<TitleId, Title>,
    locked: BTreeSet<TitleId>,
    changed: BTreeSet<TitleId>,
    events: Vec<Event>,
}

// === impl Store ===

impl Work for Store {
    type Command = Command;
    type Answer = Option<Title>;
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.title_id().0
    }

    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        let ids: BTreeSet<Uuid> = commands.iter().map(|command| command.title_id().0).collect();
        let rows = title::Entity::find()
            .filter(title::Column::Id.is_in(ids))
            .order_by_asc(title::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
        let mut unit = Unit::new(self.clock.now());
        for row in rows {
            let title = Title::try_from(row)?;
            unit.locked.insert(title.id);
            unit.titles.insert(title.id, title);
        }
        Ok(unit)
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<Option<Title>, Error> {
        command.decide(unit)
    }

    fn recorded(unit: &mut Unit) -> Vec<Message> {
        unit.events.drain(..).map(|event| events::encode(&event)).collect()
    }

    /// What was locked is updated. What is new is only ever inserted: if another replica made it
    /// first, the batch fails, each command runs alone, and sees that first one.
    async fn save(&self, tx: &DatabaseTransaction, mut unit: Unit) -> Result<(), DbErr> {
        let changed = unit.changed.iter().filter_map(|id| unit.titles.remove(id));
        let (known, new): (Vec<_>, Vec<_>) = changed.partition(|it| unit.locked.contains(&it.id));
        for some in new.chunks(ROWS) {
            let rows = some.iter().map(active);
            title::Entity::insert_many(rows).exec_without_returning(tx).await?;
        }
        for some in known.chunks(ROWS) {
            let rows = some.iter().map(active);
            let update =
                OnConflict::column(title::Column::Id).update_columns(title::CHANGING).to_owned();
            title::Entity::insert_many(rows).on_conflict(update).exec_without_returning(tx).await?;
        }
        Ok(())
    }
}

fn active(title: &Title) -> title::ActiveModel {
    title::Model::from(title).into_active_model().reset_all()
}

// === impl Unit ===

impl Unit {
    fn new(now: Time) -> Self {
        Self {
            now,
            titles: BTreeMap::new(),
            locked: BTreeSet::new(),
            changed: BTreeSet::new(),
            events: Vec::new(),
        }
    }

    /// The time of this transaction.
    pub(crate) fn now(&self) -> Time {
        self.now
    }

    /// The title, if there is one.
    pub(crate) fn find(&self, id: TitleId) -> Option<&Title> {
        self.titles.get(&id)
    }

    /// As [`Unit::find`], for a title that must exist.
    pub(crate) fn get(&self, id: TitleId) -> Result<&Title, Error> {
        self.find(id).ok_or(Error::NotFound(id))
    }

    /// Keeps an event together with the title it changed: never one without the other.
    pub(crate) fn record(&mut self, event: Event) -> Title {
        let title = event.title().clone();
        self.events.push(event);
        self.keep(title)
    }

    /// Keeps a title of which there is nothing to say.
    pub(crate) fn keep(&mut self, title: Title) -> Title {
        self.changed.insert(title.id);
        self.titles.insert(title.id, title.clone());
        title
    }
}
