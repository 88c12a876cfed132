//! Which messages have had their effect.

mod row;

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use uuid::Uuid;

use crate::database;

/// Rows in one insert, more than a batch has.
const ROWS: usize = 1000;
/// Rows deleted in one statement.
const PAGE: u64 = 500;

/// The part of the inbox that one transaction needs.
#[derive(Debug)]
pub(crate) struct Seen {
    before: HashSet<Uuid>,
    now: Vec<Uuid>,
}

/// Forgets what had its effect before now, page by page: for a read model that is built again from the
/// streams, and whose commands may be repeated for ever.
pub async fn forget(db: &DatabaseConnection) -> Result<(), DbErr> {
    use row::Column::MessageId;
    let mut last: Option<Uuid> = None;
    loop {
        let mut page = row::Entity::find().select_only().column(MessageId);
        if let Some(last) = last {
            page = page.filter(MessageId.gt(last));
        }
        let page = page.order_by_asc(MessageId).limit(PAGE);
        let ids: Vec<Uuid> = page.into_tuple().all(db).await?;
        let Some(end) = ids.last() else { return Ok(()) };
        last = Some(*end);
        row::Entity::delete_many().filter(MessageId.is_in(ids)).exec(db).await?;
    }
}

// === impl Seen ===

impl Seen {
    pub(crate) async fn load(
        tx: &impl ConnectionTrait,
        messages: impl Iterator<Item = Uuid>,
    ) -> Result<Self, DbErr> {
        let messages: Vec<Uuid> = messages.collect();
        let mut before = HashSet::new();
        if !messages.is_empty() {
            let rows = row::Entity::find()
                .select_only()
                .column(row::Column::MessageId)
                .filter(row::Column::MessageId.is_in(database::keys(messages)))
                .into_tuple::<Uuid>()
                .all(tx)
                .await?;
            before.extend(rows);
        }
        Ok(Self { before, now: Vec::new() })
    }

    pub(crate) fn contains(&self, message: Uuid) -> bool {
        self.before.contains(&message)
    }

    pub(crate) fn mark(&mut self, message: Uuid) {
        self.before.insert(message);
        self.now.push(message);
    }

    /// A plain insert: a replica that handled one of them meanwhile makes it fail, and the batch
    /// with it. Anything gentler would let the effect happen twice.
    pub(crate) async fn save(mut self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        if self.now.is_empty() {
            return Ok(());
        }
        self.now.sort_unstable(); // two replicas in opposite order would deadlock
        let rows = self.now.into_iter().map(|id| row::ActiveModel { message_id: Set(id) });
        for rows in database::statements(rows, ROWS) {
            row::Entity::insert_many(rows).exec_without_returning(tx).await?;
        }
        Ok(())
    }
}
