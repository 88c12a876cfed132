//! The table `steps`: the history, one row an event. Inserted, never changed.

use std::collections::BTreeSet;

use boxoffice_kernel::{BookingId, Context};
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QuerySelect};
use serde::Serialize;

use crate::domain::Step;
use crate::policies::POLICIES;

/// Rows in one statement.
const ROWS: usize = 1_000;

/// A row of `steps`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "steps")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) event_id: Uuid,
    pub(crate) booking_id: Uuid,
    pub(crate) name: String,
    pub(crate) context: String,
    pub(crate) occurred_at: DateTimeUtc,
    pub(crate) cause_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) reason: Option<String>,
    pub(crate) trace_id: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Which of these events are steps already: a history that is read anew meets those that were heard
/// meanwhile.
pub(super) async fn known(
    tx: &DatabaseTransaction,
    events: &BTreeSet<Uuid>,
) -> Result<BTreeSet<Uuid>, DbErr> {
    if events.is_empty() {
        return Ok(BTreeSet::new());
    }
    let known: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::EventId)
        .filter(Column::EventId.is_in(events.iter().copied()))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(known.into_iter().collect())
}

/// What is new, sorted by id.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Step>) -> Result<(), DbErr> {
    let mut rows = new.into_iter().map(active).peekable();
    while rows.peek().is_some() {
        let some = rows.by_ref().take(ROWS);
        Entity::insert_many(some).exec_without_returning(tx).await?;
    }
    Ok(())
}

// === row to domain and back ===

impl TryFrom<Model> for Step {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let said_by = |source: &Context| source.as_str() == row.context;
        let mut sources = POLICIES.into_iter().map(|(source, _)| source);
        let unknown = || DbErr::Type(format!("steps.context: `{}`", row.context));
        let context = sources.find(said_by).ok_or_else(unknown)?;
        Ok(Self {
            event_id: row.event_id,
            booking_id: BookingId(row.booking_id),
            name: row.name,
            context,
            time: row.occurred_at,
            cause_id: row.cause_id,
            reason: row.reason,
            trace_id: row.trace_id,
        })
    }
}

fn active(step: Step) -> ActiveModel {
    let row = Model {
        event_id: step.event_id,
        booking_id: step.booking_id.0,
        name: step.name,
        context: step.context.to_string(),
        occurred_at: step.time,
        cause_id: step.cause_id,
        reason: step.reason,
        trace_id: step.trace_id,
    };
    row.into_active_model().reset_all()
}
