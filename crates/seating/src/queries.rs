//! Reads, from seating's own store.

use boxoffice_contracts::page::Page;
use boxoffice_kernel::{ShowingId, Time, TitleId};
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::Error;
use crate::domain::{Hall, HallId, Refusal, Showing};
use crate::store::showing_row::{Column, Entity, Model, State};
use crate::store::{self, Layouts};

/// What is read. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reads {
    pub(crate) db: DatabaseConnection,
    layouts: Layouts,
}

/// Which showings a list is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this title.
    pub title_id: Option<TitleId>,
    /// Only those that start at or after this.
    pub start_from: Option<Time>,
    /// Only those that start before this.
    pub start_before: Option<Time>,
    /// Also cancelled ones.
    pub show_cancelled: bool,
}

/// Where a page begins: after this start and id.
pub type Cursor = (Time, Uuid);

/// One page of showings, and where the next begins, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Showings {
    /// In the order of their starts.
    pub showings: Vec<Showing>,
    /// For [`Page::after`].
    pub next: Option<Cursor>,
}

// === impl Reads ===

impl Reads {
    /// Reads from `db`; layouts seen before are found in `layouts`.
    pub fn new(db: DatabaseConnection, layouts: Layouts) -> Self {
        Self { db, layouts }
    }

    /// One hall.
    pub async fn hall(&self, id: &HallId) -> Result<Hall, Error> {
        let row = store::find_hall(&self.db, id).await?;
        let row = row.ok_or_else(|| Refusal::HallNotFound(id.clone()))?;
        let layouts = self.layouts.load(&self.db, [row.layout_id].into()).await?;
        Ok(row.with(&layouts)?)
    }

    /// One showing, with the number of seats left (FR-17).
    pub async fn showing(&self, id: ShowingId) -> Result<Showing, Error> {
        let row = Entity::find_by_id(id.0).one(&self.db).await?;
        let row = row.ok_or(Refusal::ShowingNotFound(id))?;
        let mut showings = self.read(vec![row]).await?;
        showings.pop().ok_or_else(|| Refusal::ShowingNotFound(id).into())
    }

    /// One page of showings, by start (FR-08).
    pub async fn showings(&self, filter: &Filter, page: &Page<Cursor>) -> Result<Showings, Error> {
        let mut cursor =
            Entity::find().filter(matching(filter)).cursor_by((Column::StartAt, Column::Id));
        if let Some(after) = page.after {
            cursor.after(after);
        }
        // One more than asked for: whether there is a next page is seen, not guessed.
        let rows = cursor.first(page.size + 1).all(&self.db).await?;
        let mut showings = self.read(rows).await?;
        let more = showings.len() as u64 > page.size;
        showings.truncate(page.size as usize);
        let next = showings.last().filter(|_| more).map(|it| (it.slot.start(), it.id.0));
        Ok(Showings { showings, next })
    }

    /// Removed titles whose showings are still to be cancelled.
    pub(crate) async fn withdrawing(&self, limit: u64) -> Result<Vec<TitleId>, DbErr> {
        store::withdrawing(&self.db, limit).await
    }

    /// Showings of a title that can still be cancelled.
    pub(crate) async fn future(
        &self,
        title_id: TitleId,
        now: Time,
        limit: u64,
    ) -> Result<Vec<ShowingId>, DbErr> {
        store::future_showings(&self.db, title_id, now, limit).await
    }

    async fn read(&self, rows: Vec<Model>) -> Result<Vec<Showing>, DbErr> {
        let ids = rows.iter().filter_map(|row| row.layout_id).collect();
        let layouts = self.layouts.load(&self.db, ids).await?;
        rows.into_iter().map(|row| store::read_showing(row, &layouts)).collect()
    }
}

fn matching(filter: &Filter) -> Condition {
    let mut all = Condition::all();
    if let Some(title_id) = filter.title_id {
        all = all.add(Column::TitleId.eq(title_id.0));
    }
    if let Some(start_from) = filter.start_from {
        all = all.add(Column::StartAt.gte(start_from));
    }
    if let Some(start_before) = filter.start_before {
        all = all.add(Column::StartAt.lt(start_before));
    }
    if !filter.show_cancelled {
        all = all.add(Column::State.eq(State::Scheduled));
    }
    all
}
