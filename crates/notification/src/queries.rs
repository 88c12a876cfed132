//! Reads, from notification's own store.

use boxoffice_contracts::page::Page;
use boxoffice_kernel::{BookingId, CustomerId, NoticeId, Time};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use uuid::Uuid;

use crate::Error;
use crate::domain::Notice;
use crate::store::notice::{Column, Entity};

/// Where a page begins: after the notice of then, with this id.
pub(crate) type Cursor = (Time, Uuid);

/// Which notices are listed: a customer's own, and nobody else's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    /// Whose.
    pub customer_id: CustomerId,
    /// Only about this booking.
    pub booking_id: Option<BookingId>,
    /// How many, and from where on.
    pub page: Page<Cursor>,
}

/// One page of notices, and where the next begins, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notices {
    /// Newest first.
    pub notices: Vec<Notice>,
    /// For [`Page::after`].
    pub next: Option<Cursor>,
}

// === impl List ===

impl List {
    /// What a page token is bound to.
    pub(crate) fn filters(
        customer_id: &CustomerId,
        booking_id: Option<BookingId>,
    ) -> impl Serialize + use<> {
        ("ListNotices", customer_id.to_string(), booking_id.map(|it| it.0))
    }
}

/// One notice. A stranger's is not found.
pub(crate) async fn get(
    db: &DatabaseConnection,
    customer_id: &CustomerId,
    id: NoticeId,
) -> Result<Notice, Error> {
    let theirs = Column::CustomerId.eq(customer_id.as_str());
    let row = Entity::find_by_id(id.0).filter(theirs).one(db).await?;
    Ok(row.ok_or(Error::NotFound(id))?.try_into()?)
}

/// A customer's notices, newest first.
pub(crate) async fn list(
    db: &DatabaseConnection,
    List { customer_id, booking_id, page }: &List,
) -> Result<Notices, Error> {
    let mut found = Entity::find().filter(Column::CustomerId.eq(customer_id.as_str()));
    if let Some(booking_id) = booking_id {
        found = found.filter(Column::BookingId.eq(booking_id.0));
    }
    let mut cursor = found.cursor_by((Column::CreatedAt, Column::Id));
    cursor.desc();
    if let Some(after) = page.after {
        cursor.after(after);
    }
    // One more than asked for: whether there is a next page is seen, not guessed.
    let rows = cursor.first(page.size + 1).all(db).await?;
    let mut notices = rows.into_iter().map(Notice::try_from).collect::<Result<Vec<_>, _>>()?;
    let more = notices.len() as u64 > page.size;
    notices.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let next = notices.last().filter(|_| more).map(|it| (it.created_at, it.id.0));
    Ok(Notices { notices, next })
}

/// What is due.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub notice_id: NoticeId,
    pub booking_id: BookingId,
    pub traceparent: Option<String>,
}

/// Notices whose next attempt is due, the longest waiting first. At most `limit`: however many a
/// rescheduled showing has to tell, this is all of them that is ever in memory.
pub(crate) async fn due(db: &DatabaseConnection, now: Time, limit: u32) -> Result<Vec<Due>, Error> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::Id, Column::BookingId, Column::Traceparent])
        .filter(Column::NextAttemptAt.lte(now))
        .order_by_asc(Column::NextAttemptAt)
        .limit(u64::from(limit))
        .into_tuple::<(Uuid, Uuid, Option<String>)>()
        .all(db)
        .await?;
    let due = |(id, booking, traceparent)| Due {
        notice_id: NoticeId(id),
        booking_id: BookingId(booking),
        traceparent,
    };
    Ok(rows.into_iter().map(due).collect())
}
