//! The table `fan_outs`: showings whose bookings have not all followed yet.

use boxoffice_kernel::{BookingId, ShowingId};
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};

use super::booking;
use super::details::{self, Traced};
use super::unit::JobChange;
use crate::commands::FanOut;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fan_outs")]
pub(crate) struct Model {
    /// The id of the event that asked for it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) showing_id: Uuid,
    /// [`ShowingChange`](crate::commands::ShowingChange) as JSON.
    #[sea_orm(column_type = "Text")]
    pub(crate) change: String,
    pub(crate) cursor: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// One statement a change: there is one event a moved or cancelled showing.
pub(super) async fn save(tx: &DatabaseTransaction, jobs: Vec<JobChange>) -> Result<(), DbErr> {
    for job in jobs {
        match job {
            JobChange::Start(job) => {
                let row = Model {
                    id: job.id,
                    showing_id: job.showing_id.0,
                    change: details::write(&job.change)?,
                    cursor: job.cursor.map(|id| id.0),
                };
                let row = row.into_active_model().reset_all();
                Entity::insert(row).exec_without_returning(tx).await?;
            }
            JobChange::Advance(id, cursor) => {
                let to = Expr::value(Some(cursor.0));
                let this = Entity::update_many().filter(Column::Id.eq(id));
                this.col_expr(Column::Cursor, to).exec(tx).await?;
            }
            JobChange::Done(id) => {
                Entity::delete_by_id(id).exec(tx).await?;
            }
        }
    }
    Ok(())
}

/// Jobs that are not done, at most `limit`.
pub(crate) async fn waiting(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<FanOut>, DbErr> {
    let rows = Entity::find().order_by_asc(Column::Id).limit(limit).all(db).await?;
    let read = |row: Model| {
        Ok(FanOut {
            id: row.id,
            showing_id: ShowingId(row.showing_id),
            change: details::read(&row.change)?,
            cursor: row.cursor.map(BookingId),
        })
    };
    rows.into_iter().map(read).collect()
}

/// The bookings of a showing after `cursor`, in id order, at most `limit`.
pub(crate) async fn after(
    db: &impl ConnectionTrait,
    showing_id: ShowingId,
    cursor: Option<BookingId>,
    limit: u64,
) -> Result<Vec<Traced>, DbErr> {
    let mut page = booking::Entity::find()
        .select_only()
        .columns([booking::Column::Id, booking::Column::Details])
        .filter(booking::Column::ShowingId.eq(showing_id.0))
        .order_by_asc(booking::Column::Id)
        .limit(limit);
    if let Some(cursor) = cursor {
        page = page.filter(booking::Column::Id.gt(cursor.0));
    }
    page.into_tuple().all(db).await?.into_iter().map(Traced::read).collect()
}
