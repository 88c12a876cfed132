//! Licences in the database: `load` and `save` of a unit of work. Nothing here decides.

pub(crate) mod license;
pub(crate) mod migrations;

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_eventing::{Message, Work};
use boxoffice_kernel::{BookingId, Clock, LicenseId, Time};
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use crate::commands::Command;
use crate::domain::{Entry, Event, License, Mark, What};
use crate::{Error, events};

/// How the lanes change streaming.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    /// Tells each unit the time.
    pub(crate) clock: Clock,
}

/// The licences one transaction works on, and what it has to say about them.
#[derive(Debug)]
pub(crate) struct Unit {
    /// When it began.
    pub(crate) now: Time,
    entries: BTreeMap<LicenseId, Entry>,
    locked: BTreeSet<LicenseId>,
    changed: BTreeSet<LicenseId>,
    events: Vec<Event>,
}

// === impl Store ===

impl Work for Store {
    type Command = Command;
    type Answer = Option<License>;
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.license_id().0
    }

    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        let ids: BTreeSet<Uuid> = commands.iter().map(|it| it.license_id().0).collect();
        let loaded = license::load_locked(tx, &ids).await?;
        // The time after the locks: nobody's change is older than one it waited for.
        Ok(Unit::new(loaded, self.clock.now()))
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<Option<License>, Error> {
        command.decide(unit)
    }

    fn recorded(unit: &mut Unit) -> Vec<Message> {
        unit.events.drain(..).map(|event| events::encode(&event)).collect()
    }

    /// What was locked is updated. What is new is only ever inserted: if another replica made it first, the batch
    /// fails, each command runs alone, and sees that first one.
    async fn save(&self, tx: &DatabaseTransaction, mut unit: Unit) -> Result<(), DbErr> {
        let changed = unit.changed.iter().filter_map(|id| unit.entries.remove(id));
        let (known, new): (Vec<_>, Vec<_>) = changed.partition(|it| unit.locked.contains(&it.id()));
        license::insert(tx, &new).await?;
        license::update(tx, &known).await
    }
}

// === impl Unit ===

impl Unit {
    fn new(loaded: Vec<Entry>, now: Time) -> Self {
        let entries: BTreeMap<_, _> = loaded.into_iter().map(|it| (it.id(), it)).collect();
        let locked = entries.keys().copied().collect();
        Self { now, entries, locked, changed: BTreeSet::new(), events: Vec::new() }
    }

    /// What is known, if anything is.
    pub(crate) fn find(&self, id: LicenseId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// The licence, if there is one.
    pub(crate) fn license(&self, id: LicenseId) -> Option<&License> {
        self.find(id).and_then(Entry::license)
    }

    /// Keeps a changed licence together with what it says: never one without the other.
    pub(crate) fn record(&mut self, license: License, what: What) -> License {
        self.events.push(Event { license: license.clone(), what });
        self.put(Entry::License(license.clone()));
        license
    }

    /// Keeps in mind that a booking was closed.
    pub(crate) fn mark(&mut self, booking_id: BookingId) {
        self.put(Entry::Mark(Mark { booking_id, marked_at: self.now }));
    }

    fn put(&mut self, entry: Entry) {
        let id = entry.id();
        self.changed.insert(id);
        self.entries.insert(id, entry);
    }
}
