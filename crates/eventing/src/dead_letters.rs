//! Events a listener could not take, put aside whole for an operator: listed, shown, replayed.
//!
//! They lie in the listener's own database, so any process that reaches it can ask for a replay;
//! the listener's running task carries it out.

pub(crate) mod row;

use boxoffice_kernel::{Context, Time};
use bytes::Bytes;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use crate::broker::Delivery;
use crate::message::{Headers, Message, Undecodable};

/// Text kept of an error, in bytes.
const ERROR: usize = 4000;
/// Replays taken up at a time.
const REPLAYS: u64 = 64;

/// An event put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The event's own id, or one made from its place in the stream if it has none.
    pub id: Uuid,
    /// Whose policies could not take it.
    pub listener: String,
    /// Whose stream it came from.
    pub source: String,
    /// What kind of event: `boxoffice.booking.v1.BookingConfirmed`, if that is known.
    pub name: Option<String>,
    /// The headers it came with.
    pub headers: Headers,
    /// Its payload.
    pub payload: Bytes,
    /// The fault's stable name.
    pub reason: String,
    /// The fault and its causes.
    pub error: String,
    /// How often it was tried.
    pub attempts: u64,
    /// When it was first put aside.
    pub first_at: Time,
    /// When it last failed.
    pub last_at: Time,
    /// The trace it belongs to.
    pub traceparent: Option<String>,
    /// When an operator asked for it to be tried again, if that is still to be done.
    pub replay_requested_at: Option<Time>,
}

/// Why a listener could not take an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) reason: String,
    pub(crate) error: String,
}

/// All of them, the oldest first, `limit` at most.
pub async fn list(db: &DatabaseConnection, limit: u64) -> Result<Vec<DeadLetter>, DbErr> {
    let rows = row::Entity::find()
        .order_by_asc(row::Column::FirstAt)
        .order_by_asc(row::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(DeadLetter::from).collect())
}

/// One of them, if it is there.
pub async fn show(db: &DatabaseConnection, id: Uuid) -> Result<Option<DeadLetter>, DbErr> {
    let row = row::Entity::find_by_id(id).one(db).await?;
    Ok(row.map(DeadLetter::from))
}

/// Asks the running listener to try one of them again, and says whether it is there. It goes away
/// when it succeeds; if it fails again, its error and attempts say so.
pub async fn replay(db: &DatabaseConnection, id: Uuid, now: Time) -> Result<bool, DbErr> {
    let requested = row::Entity::update_many()
        .col_expr(row::Column::ReplayRequestedAt, Expr::value(now))
        .filter(row::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(requested.rows_affected > 0)
}

/// As [`replay`], for all of them; says how many.
pub async fn replay_all(db: &DatabaseConnection, now: Time) -> Result<u64, DbErr> {
    let requested = row::Entity::update_many()
        .col_expr(row::Column::ReplayRequestedAt, Expr::value(now))
        .exec(db)
        .await?;
    Ok(requested.rows_affected)
}

pub(crate) async fn count(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    row::Entity::find().count(db).await
}

/// Those of `source` that are to be tried again.
pub(crate) async fn requested(
    db: &impl ConnectionTrait,
    source: Context,
) -> Result<Vec<DeadLetter>, DbErr> {
    let rows = row::Entity::find()
        .filter(row::Column::ReplayRequestedAt.is_not_null())
        .filter(row::Column::Source.eq(source.as_str()))
        .order_by_asc(row::Column::FirstAt)
        .limit(REPLAYS)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(DeadLetter::from).collect())
}

/// Puts a delivery aside. One that is there already, because it was delivered again before that
/// was settled, only counts on.
pub(crate) async fn put(
    db: &impl ConnectionTrait,
    listener: Context,
    source: Context,
    delivery: &Delivery,
    cause: Cause,
    now: Time,
) -> Result<(), DbErr> {
    let (id, headers, payload) = parts(source, delivery);
    if let Some(known) = row::Entity::find_by_id(id).one(db).await? {
        return failed_again(db, known, cause, now).await;
    }
    let message = delivery.message.as_ref().ok();
    let row = row::Model {
        id,
        listener: listener.to_string(),
        source: source.to_string(),
        name: message.map(|it| it.name.chars().take(128).collect()),
        headers: serde_json::to_string(&headers).map_err(|error| DbErr::Json(error.to_string()))?,
        payload: payload.into(),
        reason: cause.reason,
        error: cause.error,
        attempts: delivery.attempt.cast_signed(),
        first_at: now,
        last_at: now,
        traceparent: message.and_then(|it| it.traceparent.clone()),
        replay_requested_at: None,
    };
    row::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// A replay failed, for good until an operator asks again.
pub(crate) async fn refused(
    db: &impl ConnectionTrait,
    id: Uuid,
    cause: Cause,
    now: Time,
) -> Result<(), DbErr> {
    match row::Entity::find_by_id(id).one(db).await? {
        Some(known) => failed_again(db, known, cause, now).await,
        None => Ok(()),
    }
}

/// A replay succeeded.
pub(crate) async fn remove(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    row::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

async fn failed_again(
    db: &impl ConnectionTrait,
    known: row::Model,
    cause: Cause,
    now: Time,
) -> Result<(), DbErr> {
    let attempts = known.attempts + 1;
    let mut row = known.into_active_model();
    row.reason = Set(cause.reason);
    row.error = Set(cause.error);
    row.attempts = Set(attempts);
    row.last_at = Set(now);
    row.replay_requested_at = Set(None);
    row.update_without_returning(db).await?;
    Ok(())
}

fn parts(source: Context, delivery: &Delivery) -> (Uuid, Headers, Bytes) {
    match &delivery.message {
        Ok(message) => (message.id, message.headers(), message.payload.clone()),
        Err(Undecodable { headers, payload, .. }) => {
            let place = format!("{}/{}", source.stream(), delivery.sequence);
            let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, place.as_bytes());
            (id, headers.clone(), payload.clone())
        }
    }
}

// === impl DeadLetter ===

impl DeadLetter {
    /// The event, if it is one; `source` is whose stream it came from.
    pub fn message(&self, source: Context) -> Result<Message, Undecodable> {
        Message::from_parts(source, self.headers.clone(), self.payload.clone())
    }
}

impl From<row::Model> for DeadLetter {
    fn from(row: row::Model) -> Self {
        Self {
            id: row.id,
            listener: row.listener,
            source: row.source,
            name: row.name,
            headers: serde_json::from_str(&row.headers).unwrap_or_default(),
            payload: row.payload.into(),
            reason: row.reason,
            error: row.error,
            attempts: row.attempts.cast_unsigned(),
            first_at: row.first_at,
            last_at: row.last_at,
            traceparent: row.traceparent,
            replay_requested_at: row.replay_requested_at,
        }
    }
}

// === impl Cause ===

impl Cause {
    pub(crate) fn new(reason: &str, mut error: String) -> Self {
        if let Some((end, _)) = error.char_indices().find(|(at, _)| *at >= ERROR) {
            error.truncate(end);
        }
        Self { reason: reason.to_owned(), error }
    }
}
