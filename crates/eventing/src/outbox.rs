//! What a context has to say: saved with the change itself, published by its relay.

pub(crate) mod row;

use boxoffice_kernel::{Context, Time};
use bytes::Bytes;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, NotSet, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::message::Message;
use crate::{database, dead_letters};

/// Rows in one insert: 11 columns each, SQLite takes 32,766 parameters.
const ROWS: usize = 1000;

/// What a context has not finished with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Events that the broker has not acknowledged.
    pub outbox_unpublished: u64,
    /// When the oldest of them happened.
    pub oldest_unpublished: Option<Time>,
    /// Events of others that were put aside for an operator.
    pub dead_letters: u64,
}

/// What is left in the outbox and the dead letters of the context whose database this is.
pub async fn pending(db: &DatabaseConnection) -> Result<Pending, DbErr> {
    let unpublished = || row::Entity::find().filter(row::Column::AckedAt.is_null());
    let oldest = unpublished()
        .select_only()
        .column(row::Column::OccurredAt)
        .order_by_asc(row::Column::Seq)
        .limit(1)
        .into_tuple::<Time>()
        .one(db)
        .await?;
    Ok(Pending {
        outbox_unpublished: unpublished().count(db).await?,
        oldest_unpublished: oldest,
        dead_letters: dead_letters::count(db).await?,
    })
}

/// Records `messages` in the caller's transaction: they will be published, in this order, if, and
/// only if, that transaction commits. The lane does it; nobody else has to.
pub(crate) async fn append(tx: &impl ConnectionTrait, messages: Vec<Message>) -> Result<(), DbErr> {
    let rows = messages.into_iter().map(row::ActiveModel::from);
    for rows in database::statements(rows, ROWS) {
        row::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The next `limit` that are not acknowledged, in order, with their row numbers.
pub(crate) async fn unpublished(
    db: &impl ConnectionTrait,
    context: Context,
    limit: u64,
) -> Result<(Vec<i64>, Vec<Message>), DbErr> {
    let rows = row::Entity::find()
        .filter(row::Column::AckedAt.is_null())
        .order_by_asc(row::Column::Seq)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.seq, row.into_message(context))).unzip())
}

/// Marks rows as acknowledged by the broker.
pub(crate) async fn acknowledge(
    db: &impl ConnectionTrait,
    rows: &[i64],
    now: Time,
) -> Result<(), DbErr> {
    row::Entity::update_many()
        .col_expr(row::Column::AckedAt, Expr::value(now))
        .filter(row::Column::Seq.is_in(database::keys(rows.iter().copied())))
        .exec(db)
        .await?;
    Ok(())
}

/// Makes every row acknowledged since `time` unpublished again, and says how many that are.
pub(crate) async fn recall(db: &impl ConnectionTrait, time: Time) -> Result<u64, DbErr> {
    let recalled = row::Entity::update_many()
        .col_expr(row::Column::AckedAt, Expr::value(Option::<Time>::None))
        .filter(row::Column::AckedAt.gte(time))
        .exec(db)
        .await?;
    Ok(recalled.rows_affected)
}

/// Deletes, by id, at most `limit` rows acknowledged before `time`, and says how many.
pub(crate) async fn forget(
    db: &impl ConnectionTrait,
    time: Time,
    limit: u64,
) -> Result<u64, DbErr> {
    let old: Vec<i64> = row::Entity::find()
        .select_only()
        .column(row::Column::Seq)
        .filter(row::Column::AckedAt.lt(time))
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    let deleted = row::Entity::delete_many().filter(row::Column::Seq.is_in(old)).exec(db).await?;
    Ok(deleted.rows_affected)
}

// === impl row ===

impl From<Message> for row::ActiveModel {
    fn from(message: Message) -> Self {
        Self {
            seq: NotSet,
            id: Set(message.id),
            name: Set(message.name),
            aggregate_id: Set(message.aggregate_id),
            sequence: Set(message.sequence.cast_signed()),
            correlation_id: Set(message.correlation_id),
            causation_id: Set(message.causation_id),
            occurred_at: Set(message.time),
            traceparent: Set(message.traceparent),
            payload: Set(message.payload.into()),
            acked_at: Set(None),
        }
    }
}

impl row::Model {
    fn into_message(self, context: Context) -> Message {
        Message {
            id: self.id,
            name: self.name,
            context,
            aggregate_id: self.aggregate_id,
            sequence: self.sequence.cast_unsigned(),
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            time: self.occurred_at,
            traceparent: self.traceparent,
            payload: Bytes::from(self.payload),
        }
    }
}
