//! What we have asked of Stripe, one row a key. Each cell is written once, by whoever is first, and read
//! after it was written: of a charge and a refund that meet, one sees the other.

use boxoffice_kernel::{Clock, PaymentId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{IntoActiveModel, QuerySelect};

use std::collections::BTreeSet;

pub(super) use self::Model as Entry;

/// A row of `stripe_intents`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stripe_intents")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) key: Uuid,
    /// The one that may be confirmed.
    pub(super) intent: Option<String>,
    /// The first word counts.
    pub(super) declined: Option<String>,
    /// No intent is confirmed any more.
    pub(super) closed_at: Option<DateTimeUtc>,
    pub(super) created_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The table `stripe_intents`.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    pub(super) db: DatabaseConnection,
    pub(super) clock: Clock,
}

// === impl Ledger ===

impl Ledger {
    /// What is known of a key.
    pub(super) async fn find(&self, key: PaymentId) -> Result<Option<Entry>, DbErr> {
        Entity::find_by_id(key.0).one(&self.db).await
    }

    /// The row of a key, also if it is new.
    pub(super) async fn open(&self, key: PaymentId) -> Result<Entry, DbErr> {
        if let Some(entry) = self.find(key).await? {
            return Ok(entry);
        }
        let created_at = self.clock.now();
        let new = Model { key: key.0, intent: None, declined: None, closed_at: None, created_at };
        let new = Entity::insert(new.into_active_model()).on_conflict_do_nothing();
        new.exec_without_returning(&self.db).await?;
        self.found(key).await
    }

    /// Names the intent that may be confirmed, unless one is named; the row as it is then.
    pub(super) async fn keep(&self, key: PaymentId, intent: &str) -> Result<Entry, DbErr> {
        self.set(key, Column::Intent, intent.into()).await?;
        self.found(key).await
    }

    /// Nothing is taken under the key, and that is said again whenever it is asked.
    pub(super) async fn decline(&self, key: PaymentId, reason: &str) -> Result<(), DbErr> {
        self.set(key, Column::Declined, reason.into()).await
    }

    /// Nothing is confirmed under the key any more; the row as it is then.
    pub(super) async fn close(&self, key: PaymentId) -> Result<Entry, DbErr> {
        self.open(key).await?;
        self.set(key, Column::ClosedAt, self.clock.now().into()).await?;
        self.found(key).await
    }

    async fn set(&self, key: PaymentId, cell: Column, value: SimpleExpr) -> Result<(), DbErr> {
        let empty = Entity::update_many().filter(Column::Key.eq(key.0)).filter(cell.is_null());
        empty.col_expr(cell, value).exec(&self.db).await.map(drop)
    }

    async fn found(&self, key: PaymentId) -> Result<Entry, DbErr> {
        let entry = self.find(key).await?;
        entry.ok_or_else(|| DbErr::RecordNotFound(format!("stripe_intents {key}")))
    }
}

/// Every key that Stripe was ever asked about.
pub(crate) async fn asked(db: &DatabaseConnection) -> Result<BTreeSet<PaymentId>, DbErr> {
    let keys = Entity::find().select_only().column(Column::Key).into_tuple::<Uuid>();
    Ok(keys.all(db).await?.into_iter().map(PaymentId).collect())
}
