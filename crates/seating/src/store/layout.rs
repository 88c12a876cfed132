//! Table `layouts`, and the layouts this process has seen: they never change, so they are read once.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rows::Changes;
use crate::domain::{Layout, LayoutId, Row};

pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "layouts")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// JSON, front to back.
        #[sea_orm(column_type = "Text")]
        pub rows: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity, Model};

/// Layouts by id.
pub(crate) type Loaded = HashMap<LayoutId, Arc<Layout>>;

/// The layouts this process has read. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Layouts(Arc<Mutex<Loaded>>);

/// Layouts kept in memory, at most: some tens of kilobytes each. One too many, and all are read again.
const KEPT: usize = 1_000;

// === impl Layouts ===

impl Layouts {
    /// Those of `ids` that exist; what was seen before is not read again.
    pub(crate) async fn load(
        &self,
        db: &impl ConnectionTrait,
        ids: BTreeSet<Uuid>,
    ) -> Result<Loaded, DbErr> {
        let (mut found, missing) = self.seen(ids);
        if missing.is_empty() {
            return Ok(found);
        }
        for row in Entity::find().filter(Column::Id.is_in(missing)).all(db).await? {
            let layout = Arc::new(row.layout()?);
            self.keep(&layout);
            found.insert(layout.id(), layout);
        }
        Ok(found)
    }

    fn seen(&self, ids: BTreeSet<Uuid>) -> (Loaded, Vec<Uuid>) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut found, mut missing) = (Loaded::new(), Vec::new());
        for id in ids {
            match kept.get(&LayoutId(id)) {
                Some(layout) => _ = found.insert(LayoutId(id), Arc::clone(layout)),
                None => missing.push(id),
            }
        }
        (found, missing)
    }

    fn keep(&self, layout: &Arc<Layout>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(layout.id(), Arc::clone(layout));
    }
}

pub(super) async fn insert(
    tx: &DatabaseTransaction,
    layouts: Vec<Arc<Layout>>,
) -> Result<(), DbErr> {
    let rows = layouts.iter().map(|layout| Model::of(layout)).collect::<Result<Vec<_>, _>>()?;
    let changes = Changes { new: rows, known: Vec::new() };
    changes.save::<Entity>(tx, |row| row, OnConflict::new()).await
}

// === row to domain and back ===

/// A row of seats as JSON has it. What is ordinary is left out.
#[derive(Deserialize, Serialize)]
struct RowJson {
    label: String,
    seats: u32,
    grade: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    blocked: BTreeSet<u32>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    accessible: BTreeSet<u32>,
    #[serde(default, skip_serializing_if = "is_straight")]
    curve: u32,
}

fn is_straight(curve: &u32) -> bool {
    *curve == 0
}

impl Model {
    fn of(layout: &Layout) -> Result<Self, DbErr> {
        let rows: Vec<RowJson> = layout.rows().iter().cloned().map(RowJson::from).collect();
        let rows = serde_json::to_string(&rows).map_err(|error| DbErr::Json(error.to_string()))?;
        Ok(Self { id: layout.id().0, rows })
    }

    fn layout(&self) -> Result<Layout, DbErr> {
        let rows: Vec<RowJson> =
            serde_json::from_str(&self.rows).map_err(|error| DbErr::Json(error.to_string()))?;
        let layout = Layout::new(rows.into_iter().map(Row::from).collect());
        let layout = layout.map_err(|flaw| DbErr::Type(format!("layout {}: {flaw}", self.id)))?;
        if layout.id().0 != self.id {
            return Err(DbErr::Type(format!("layout {} is not what it was", self.id)));
        }
        Ok(layout)
    }
}

impl From<Row> for RowJson {
    fn from(row: Row) -> Self {
        let Row { label, seats, grade, blocked, accessible, curve } = row;
        Self { label, seats, grade, blocked, accessible, curve }
    }
}

impl From<RowJson> for Row {
    fn from(row: RowJson) -> Self {
        let RowJson { label, seats, grade, blocked, accessible, curve } = row;
        Self { label, seats, grade, blocked, accessible, curve }
    }
}
