//! The ledger in the database, written through lanes of its own. Nothing here decides.

pub(crate) mod entry;

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_eventing::{Message, Work, database};
use boxoffice_kernel::{Clock, PaymentId, Time};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::ledger::{Command, Entry, Error};
use crate::domain::Answer;

/// Rows in one statement, more than a batch has.
const ROWS: usize = 1_000;

/// Loads and saves what the simulator's lanes work on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ledger {
    pub(super) clock: Clock,
}

/// The entries one transaction works on.
#[derive(Debug)]
pub(super) struct Unit {
    now: Time,
    entries: BTreeMap<PaymentId, Entry>,
    locked: BTreeSet<PaymentId>,
    changed: BTreeSet<PaymentId>,
}

// === impl Ledger ===

impl Work for Ledger {
    type Command = Command;
    type Answer = Option<Answer>;
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.key().0
    }

    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        let keys: BTreeSet<Uuid> = commands.iter().map(|command| command.key().0).collect();
        let rows = entry::Entity::find()
            .filter(entry::Column::Key.is_in(database::keys(keys)))
            .order_by_asc(entry::Column::Key)
            .lock_exclusive()
            .all(tx)
            .await?;
        let entries = rows
            .into_iter()
            .map(|row| Ok((PaymentId(row.key), Entry::try_from(row)?)))
            .collect::<Result<BTreeMap<_, _>, DbErr>>()?;
        let locked = entries.keys().copied().collect();
        Ok(Unit { now: self.clock.now(), entries, locked, changed: BTreeSet::new() })
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<Option<Answer>, Error> {
        let decision = command.decide(unit.entries.get(&command.key()), unit.now)?;
        if let Some(entry) = decision.after {
            unit.changed.insert(entry.key);
            unit.entries.insert(entry.key, entry);
        }
        Ok(decision.answer)
    }

    fn recorded(_: &mut Unit) -> Vec<Message> {
        Vec::new()
    }

    async fn save(&self, tx: &DatabaseTransaction, unit: Unit) -> Result<(), DbErr> {
        let Unit { mut entries, locked, changed, .. } = unit;
        let changed = changed.into_iter().filter_map(|key| entries.remove(&key));
        let (known, new): (Vec<_>, Vec<_>) = changed.partition(|it| locked.contains(&it.key));
        let row = |it: Entry| entry::Model::from(it).into_active_model().reset_all();
        for new in database::statements(new.into_iter().map(row), ROWS) {
            entry::Entity::insert_many(new).exec_without_returning(tx).await?;
        }
        let update =
            OnConflict::column(entry::Column::Key).update_columns(entry::CHANGING).to_owned();
        for known in database::statements(known.into_iter().map(row), ROWS) {
            entry::Entity::insert_many(known)
                .on_conflict(update.clone())
                .exec_without_returning(tx)
                .await?;
        }
        Ok(())
    }
}

/// What is known of a key.
pub(super) async fn find(db: &DatabaseConnection, key: PaymentId) -> Result<Option<Entry>, DbErr> {
    entry::Entity::find_by_id(key.0).one(db).await?.map(Entry::try_from).transpose()
}
