//! Notices in the database: `load` and `save` of a unit of work. Nothing here decides.

pub(crate) mod migrations;
pub(crate) mod notice;

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_eventing::{Message, Work};
use boxoffice_kernel::{Clock, NoticeId, Time};
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use crate::commands::Command;
use crate::domain::{Event, Notice, Pace};
use crate::{Error, events};

/// How the lanes change notification.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    /// Tells each unit the time.
    pub clock: Clock,
    /// How patiently a notice is tried again.
    pub pace: Pace,
}

/// The notices one transaction works on, and what it has to say about them.
#[derive(Debug)]
pub(crate) struct Unit {
    /// When it began.
    pub now: Time,
    /// How patiently a notice is tried again.
    pub pace: Pace,
    notices: BTreeMap<NoticeId, Notice>,
    locked: BTreeSet<NoticeId>,
    changed: BTreeSet<NoticeId>,
    events: Vec<Event>,
}

// === impl Store ===

impl Work for Store {
    type Command = Command;
    type Answer = Option<Notice>;
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.notice_id().0
    }

    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        let ids: BTreeSet<Uuid> = commands.iter().map(|it| it.notice_id().0).collect();
        let notices = notice::load_locked(tx, ids).await?;
        // The time after the locks: nobody's change is older than one it waited for.
        Ok(Unit::new(notices, self.pace, self.clock.now()))
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<Option<Notice>, Error> {
        Ok(command.decide(unit))
    }

    fn recorded(unit: &mut Unit) -> Vec<Message> {
        unit.events.drain(..).map(|event| events::encode(&event)).collect()
    }

    /// What was locked is updated. What is new is only ever inserted: if another replica made it
    /// first, the batch fails, each command runs alone, and sees that first one.
    async fn save(&self, tx: &DatabaseTransaction, mut unit: Unit) -> Result<(), DbErr> {
        let changed = unit.changed.iter().filter_map(|id| unit.notices.remove(id));
        let (known, new): (Vec<_>, Vec<_>) = changed.partition(|it| unit.locked.contains(&it.id));
        notice::insert(tx, new).await?;
        notice::update(tx, known).await
    }
}

// === impl Unit ===

impl Unit {
    fn new(notices: Vec<Notice>, pace: Pace, now: Time) -> Self {
        Self {
            now,
            pace,
            locked: notices.iter().map(|it| it.id).collect(),
            notices: notices.into_iter().map(|it| (it.id, it)).collect(),
            changed: BTreeSet::new(),
            events: Vec::new(),
        }
    }

    /// The notice, if it is known.
    pub(crate) fn find(&self, id: NoticeId) -> Option<&Notice> {
        self.notices.get(&id)
    }

    /// Keeps a changed notice together with what its change says.
    pub(crate) fn keep(&mut self, notice: Notice, event: Option<Event>) -> Notice {
        self.events.extend(event);
        self.changed.insert(notice.id);
        self.notices.insert(notice.id, notice.clone());
        notice
    }
}
