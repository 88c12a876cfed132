//! Rows in memory that remember what the database has, and how they get there.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use boxoffice_eventing::database;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, Iterable as _,
};

/// Parameters of one statement: SQLite takes 32,766, PostgreSQL 65,535.
pub(super) const PARAMETERS: usize = 30_000;

/// Rows of one table by their key.
#[derive(Debug)]
pub(super) struct Rows<K, V>(BTreeMap<K, Row<V>>);

#[derive(Debug)]
struct Row<V> {
    value: V,
    stored: bool,
    changed: bool,
}

/// What is to be written, each sorted by key.
#[derive(Debug)]
pub(super) struct Changes<T> {
    /// Not in the database: to be inserted, and nothing else.
    pub(super) new: Vec<T>,
    /// Loaded under a lock: to be updated.
    pub(super) known: Vec<T>,
}

// === impl Rows ===

impl<K: Ord, V> Rows<K, V> {
    /// Takes a row as the database has it.
    pub(super) fn loaded(&mut self, key: K, value: V) {
        self.0.insert(key, Row { value, stored: true, changed: false });
    }

    pub(super) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key).map(|row| &row.value)
    }

    /// Keeps a changed or new row.
    pub(super) fn put(&mut self, key: K, value: V) {
        let stored = self.0.get(&key).is_some_and(|row| row.stored);
        self.0.insert(key, Row { value, stored, changed: true });
    }

    pub(super) fn changes(self) -> Changes<(K, V)> {
        let mut changes = Changes::default();
        for (key, row) in self.0.into_iter().filter(|(_, row)| row.changed) {
            changes.push(row.stored, (key, row.value));
        }
        changes
    }
}

impl<K, V> Default for Rows<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

// === impl Changes ===

impl<T> Changes<T> {
    pub(super) fn push(&mut self, stored: bool, row: T) {
        if stored { self.known.push(row) } else { self.new.push(row) }
    }

    /// Writes them: new ones inserted, known ones updated where `update` says.
    pub(super) async fn save<E>(
        self,
        tx: &DatabaseTransaction,
        model: impl Fn(T) -> E::Model,
        update: OnConflict,
    ) -> Result<(), DbErr>
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        insert::<E>(tx, self.new.into_iter().map(&model), None).await?;
        insert::<E>(tx, self.known.into_iter().map(&model), Some(&update)).await
    }
}

impl<T> Default for Changes<T> {
    fn default() -> Self {
        Self { new: Vec::new(), known: Vec::new() }
    }
}

async fn insert<E>(
    tx: &DatabaseTransaction,
    models: impl Iterator<Item = E::Model>,
    update: Option<&OnConflict>,
) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let at_once = PARAMETERS / E::Column::iter().count();
    let models = models.map(|model| model.into_active_model().reset_all());
    for models in database::statements(models, at_once) {
        let mut insert = E::insert_many(models);
        if let Some(update) = update {
            insert = insert.on_conflict(update.clone());
        }
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}
