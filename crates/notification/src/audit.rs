//! What `boxoffice saga` reads of notification: what a booking's customer was told.

use boxoffice_kernel::{BookingId, NoticeId, Time};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::domain::{Notice, State, Topic};
use crate::store::notice::{Column, Entity};

/// A notice, without whom it went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// Which.
    pub notice_id: NoticeId,
    /// What it is about.
    pub topic: Topic,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// When it came about.
    pub created_at: Time,
}

/// The notices of one booking, the oldest first.
pub async fn notices(db: &DatabaseConnection, id: BookingId) -> Result<Vec<NoticeRow>, DbErr> {
    let rows = Entity::find()
        .filter(Column::BookingId.eq(id.0))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(|row| Notice::try_from(row).map(NoticeRow::from)).collect()
}

// === impl NoticeRow ===

impl From<Notice> for NoticeRow {
    fn from(notice: Notice) -> Self {
        Self {
            notice_id: notice.id,
            topic: notice.topic,
            state: notice.state,
            attempts: notice.attempts,
            created_at: notice.created_at,
        }
    }
}
