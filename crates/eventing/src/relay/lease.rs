//! Whose turn it is, in a row of the database: one holder at a time, another after it is silent.

mod row;

use boxoffice_kernel::Time;
use chrono::{DateTime, TimeDelta};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

/// How long a silent holder keeps it.
const TERM: TimeDelta = TimeDelta::seconds(5);

/// A claim on the lease of this name, and what its row says.
#[derive(Debug)]
pub(super) struct Lease {
    name: &'static str,
    holder: Uuid,
    expires_at: Time,
    /// Where the stream ended when the broker last acknowledged something.
    end: u64,
}

// === impl Lease ===

impl Lease {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, holder: Uuid::now_v7(), expires_at: DateTime::UNIX_EPOCH, end: 0 }
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Takes or keeps the lease, and says whether it has it. Cheap while it is fresh.
    pub(super) async fn hold(
        &mut self,
        db: &impl ConnectionTrait,
        now: Time,
    ) -> Result<bool, DbErr> {
        if self.expires_at - now > TERM / 2 {
            return Ok(true);
        }
        let Some(row) = row::Entity::find_by_id(self.name).one(db).await? else {
            return Err(DbErr::RecordNotFound(format!("lease `{}`", self.name)));
        };
        if row.holder != Some(self.holder) && row.expires_at > now {
            return Ok(false);
        }
        // Somebody else may do the same now; only one of us changes the row.
        let free = Condition::any()
            .add(row::Column::Holder.eq(self.holder))
            .add(row::Column::ExpiresAt.lte(now));
        let taken = row::Entity::update_many()
            .col_expr(row::Column::Holder, Expr::value(self.holder))
            .col_expr(row::Column::ExpiresAt, Expr::value(now + TERM))
            .filter(row::Column::Name.eq(self.name))
            .filter(free)
            .exec(db)
            .await?;
        if taken.rows_affected == 0 {
            return Ok(false);
        }
        if row.holder != Some(self.holder) {
            // Read again: the last holder may have gone on until the moment it was taken.
            let row = row::Entity::find_by_id(self.name).one(db).await?;
            self.end = row.map_or(0, |row| row.stream_end.cast_unsigned());
        }
        self.expires_at = now + TERM;
        Ok(true)
    }

    /// Prolongs the lease, and keeps where the stream ends now. An error if it was lost.
    pub(super) async fn advance(
        &mut self,
        tx: &impl ConnectionTrait,
        end: u64,
        now: Time,
    ) -> Result<(), DbErr> {
        let end = end.max(self.end);
        let kept = row::Entity::update_many()
            .col_expr(row::Column::ExpiresAt, Expr::value(now + TERM))
            .col_expr(row::Column::StreamEnd, Expr::value(end.cast_signed()))
            .filter(row::Column::Name.eq(self.name))
            .filter(row::Column::Holder.eq(self.holder))
            .exec(tx)
            .await?;
        if kept.rows_affected == 0 {
            self.expires_at = DateTime::UNIX_EPOCH;
            return Err(DbErr::RecordNotUpdated);
        }
        (self.end, self.expires_at) = (end, now + TERM);
        Ok(())
    }

    /// The stream is shorter than it was.
    pub(super) async fn set_end(
        &mut self,
        tx: &impl ConnectionTrait,
        end: u64,
    ) -> Result<(), DbErr> {
        row::Entity::update_many()
            .col_expr(row::Column::StreamEnd, Expr::value(end.cast_signed()))
            .filter(row::Column::Name.eq(self.name))
            .filter(row::Column::Holder.eq(self.holder))
            .exec(tx)
            .await?;
        self.end = end;
        Ok(())
    }

    /// Leaves it to whoever comes next.
    pub(super) async fn release(&mut self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        self.expires_at = DateTime::UNIX_EPOCH;
        row::Entity::update_many()
            .col_expr(row::Column::ExpiresAt, Expr::value(DateTime::UNIX_EPOCH))
            .filter(row::Column::Name.eq(self.name))
            .filter(row::Column::Holder.eq(self.holder))
            .exec(db)
            .await?;
        Ok(())
    }
}
