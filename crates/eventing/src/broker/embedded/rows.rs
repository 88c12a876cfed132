//! The log's tables: `events`, `cursors`, `retries`.

pub(super) mod cursor;
pub(super) mod event;
pub(super) mod retry;

use std::collections::HashMap;

use boxoffice_kernel::{Context, Time};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::database;
use crate::message::Message;

/// Rows in one insert: 11 columns each, SQLite takes 32,766 parameters.
const ROWS: usize = 1000;

/// SQLite only, so in its own words.
const TABLES: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS events (
        context TEXT NOT NULL, sequence INTEGER NOT NULL, id BLOB NOT NULL, name TEXT NOT NULL,
        aggregate_id BLOB NOT NULL, version INTEGER NOT NULL, correlation_id BLOB NOT NULL,
        causation_id BLOB, occurred_at TEXT NOT NULL, traceparent TEXT, payload BLOB NOT NULL,
        PRIMARY KEY (context, sequence)
    ) WITHOUT ROWID",
    "CREATE UNIQUE INDEX IF NOT EXISTS events_once ON events (context, id)",
    "CREATE TABLE IF NOT EXISTS cursors (
        durable TEXT NOT NULL, context TEXT NOT NULL, position INTEGER NOT NULL,
        PRIMARY KEY (durable, context)
    ) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS retries (
        durable TEXT NOT NULL, context TEXT NOT NULL, sequence INTEGER NOT NULL,
        attempts INTEGER NOT NULL, due_at TEXT NOT NULL,
        PRIMARY KEY (durable, context, sequence)
    ) WITHOUT ROWID",
];

pub(super) async fn create(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    for table in TABLES {
        db.execute_unprepared(table).await?;
    }
    Ok(())
}

/// The last sequence of a stream; 0 if it has none.
pub(super) async fn end(db: &impl ConnectionTrait, context: Context) -> Result<u64, DbErr> {
    let last: Option<i64> = event::Entity::find()
        .select_only()
        .column(event::Column::Sequence)
        .filter(event::Column::Context.eq(context.as_str()))
        .order_by_desc(event::Column::Sequence)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.unwrap_or_default().cast_unsigned())
}

/// The event at this place of a stream.
pub(super) async fn read(
    db: &impl ConnectionTrait,
    context: Context,
    sequence: u64,
) -> Result<Option<Message>, DbErr> {
    let key = (context.to_string(), sequence.cast_signed());
    let row = event::Entity::find_by_id(key).one(db).await?;
    Ok(row.map(|row| row.into_message(context)))
}

/// When the last event of a stream happened, which was before it was stored.
pub(super) async fn last_time(
    db: &impl ConnectionTrait,
    context: Context,
) -> Result<Option<Time>, DbErr> {
    event::Entity::find()
        .select_only()
        .column(event::Column::OccurredAt)
        .filter(event::Column::Context.eq(context.as_str()))
        .order_by_desc(event::Column::Sequence)
        .limit(1)
        .into_tuple()
        .one(db)
        .await
}

/// Appends what is not there yet, and gives every message's place, and where the stream ends now.
pub(super) async fn append(
    tx: &impl ConnectionTrait,
    context: Context,
    mut end: u64,
    messages: &[Message],
) -> Result<(Vec<u64>, u64), DbErr> {
    let known: Vec<(Uuid, i64)> = event::Entity::find()
        .select_only()
        .columns([event::Column::Id, event::Column::Sequence])
        .filter(event::Column::Context.eq(context.as_str()))
        .filter(event::Column::Id.is_in(database::keys(messages.iter().map(|it| it.id))))
        .into_tuple()
        .all(tx)
        .await?;
    let mut places: HashMap<Uuid, u64> =
        known.into_iter().map(|(id, place)| (id, place.cast_unsigned())).collect();

    let mut sequences = Vec::with_capacity(messages.len());
    let mut new = Vec::new();
    for message in messages {
        let place = places.entry(message.id).or_insert_with(|| {
            end += 1;
            new.push(event::Model::new(context, end, message).into_active_model());
            end
        });
        sequences.push(*place);
    }
    for rows in database::statements(new, ROWS) {
        event::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok((sequences, end))
}

/// Puts events in place of those at these places.
pub(super) async fn replace(
    tx: &impl ConnectionTrait,
    context: Context,
    events: &[(u64, Message)],
) -> Result<(), DbErr> {
    for (sequence, message) in events {
        let row = event::Model::new(context, *sequence, message).into_active_model();
        row.reset_all().update_without_returning(tx).await?;
    }
    Ok(())
}

/// The events right behind `position`, `limit` at most.
pub(super) async fn after(
    db: &impl ConnectionTrait,
    context: Context,
    position: u64,
    limit: usize,
) -> Result<Vec<event::Model>, DbErr> {
    event::Entity::find()
        .filter(event::Column::Context.eq(context.as_str()))
        .filter(event::Column::Sequence.gt(position.cast_signed()))
        .order_by_asc(event::Column::Sequence)
        .limit(limit as u64)
        .all(db)
        .await
}

/// The events at these places.
pub(super) async fn at(
    db: &impl ConnectionTrait,
    context: Context,
    places: Vec<u64>,
) -> Result<Vec<event::Model>, DbErr> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    event::Entity::find()
        .filter(event::Column::Context.eq(context.as_str()))
        .filter(event::Column::Sequence.is_in(places.into_iter().map(u64::cast_signed)))
        .order_by_asc(event::Column::Sequence)
        .all(db)
        .await
}
