//! What is in the databases, whatever the callers saw.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use boxoffice_kernel::{Context, Time};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Func, Query, SelectStatement};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};

use crate::bed::Bed;

/// A connection to each store that bookings go through.
#[derive(Debug)]
pub(crate) struct Stores {
    booking: DatabaseConnection,
    seating: DatabaseConnection,
    payment: DatabaseConnection,
}

/// Nothing takes longer to come to rest.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(50);

// === impl Stores ===

impl Stores {
    pub(crate) async fn open(bed: &Bed) -> Result<Self> {
        Ok(Self {
            booking: bed.store(Context::BOOKING).await?,
            seating: bed.store(Context::SEATING).await?,
            payment: bed.store(Context::PAYMENT).await?,
        })
    }

    /// Bookings confirmed within a span of time.
    pub(crate) async fn confirmed(&self, from: Time, until: Time) -> Result<u64> {
        let mut confirmed = all("bookings", "state", "confirmed");
        confirmed
            .and_where(column("updated_at").gte(from))
            .and_where(column("updated_at").lt(until));
        count(&self.booking, &confirmed).await
    }

    /// Bookings in a state.
    pub(crate) async fn bookings(&self, state: &str) -> Result<u64> {
        count(&self.booking, &all("bookings", "state", state)).await
    }

    /// Showings that sold, or hold, more than they have.
    pub(crate) async fn oversold(&self) -> Result<u64> {
        let mut oversold = rows("showings");
        oversold.and_where(column("held").add(column("sold")).gt(column("capacity")));
        count(&self.seating, &oversold).await
    }

    /// Places, or seats, of a showing that are sold.
    pub(crate) async fn sold(&self, showing_id: &str) -> Result<u64> {
        let mut sold = Query::select();
        let id: uuid::Uuid = showing_id.parse()?;
        sold.expr(Func::cast_as(column("sold"), Alias::new("BIGINT")));
        sold.from(Alias::new("showings")).and_where(column("id").eq(id));
        one(&self.seating, &sold).await
    }

    /// Seats of a showing with a row that says so.
    pub(crate) async fn sold_seats(&self, showing_id: &str) -> Result<u64> {
        let mut sold = all("seats", "state", "sold");
        let id: uuid::Uuid = showing_id.parse()?;
        sold.and_where(column("showing_id").eq(id));
        count(&self.seating, &sold).await
    }

    /// Waits until every event is published and has had its effect: how long that took.
    pub(crate) async fn rest(&self) -> Result<Duration> {
        let began = Instant::now();
        while self.under_way().await? > 0 {
            ensure!(began.elapsed() < PATIENCE, "the platform does not come to rest");
            tokio::time::sleep(LOOK).await;
        }
        Ok(began.elapsed())
    }

    /// Bookings nobody has decided, holds that are not sold yet, events not published or not handled.
    async fn under_way(&self) -> Result<u64> {
        let unpublished = || {
            let mut unpublished = rows("outbox");
            unpublished.and_where(column("acked_at").is_null());
            unpublished
        };
        // Every confirmed booking has been heard of by seating, and its payment by booking.
        let confirmed = self.bookings("confirmed").await?;
        let mut under_way = 0;
        for listener in [&self.booking, &self.seating] {
            under_way += confirmed.saturating_sub(count(listener, &rows("inbox")).await?);
        }
        for (db, question) in [
            (&self.seating, all("holds", "state", "held")),
            (&self.booking, all("bookings", "state", "placed")),
            (&self.booking, all("bookings", "state", "awaiting_payment")),
            (&self.booking, unpublished()),
            (&self.seating, unpublished()),
            (&self.payment, unpublished()),
        ] {
            under_way += count(db, &question).await?;
        }
        Ok(under_way)
    }
}

fn rows(table: &str) -> SelectStatement {
    let mut rows = Query::select();
    rows.expr(Func::count(Expr::cust("*"))).from(Alias::new(table));
    rows
}

fn all(table: &str, name: &str, value: &str) -> SelectStatement {
    let mut all = rows(table);
    all.and_where(column(name).eq(value));
    all
}

fn column(name: &str) -> Expr {
    Expr::col(Alias::new(name))
}

async fn count(db: &DatabaseConnection, question: &SelectStatement) -> Result<u64> {
    one(db, question).await
}

async fn one(db: &DatabaseConnection, question: &SelectStatement) -> Result<u64> {
    let row = db.query_one(question).await?;
    let number: i64 = match row {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    };
    Ok(number.unsigned_abs())
}
