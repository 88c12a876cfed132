//! The table `payments`, and a payment as its row.

use std::collections::BTreeSet;

use boxoffice_eventing::database;
use boxoffice_kernel::{BookingId, CustomerId, PaymentId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel};
use serde::Serialize;

use super::amount;
use crate::domain::{Intent, Method, Payment, Reference, State};

/// Rows in one statement: each has 16 columns, and SQLite takes 32,766 parameters.
const ROWS: usize = 1_000;

/// A row of `payments`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "payments")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) booking_id: Uuid,
    pub(crate) customer_id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) method: String,
    pub(crate) state: StateColumn,
    pub(crate) reason: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) expires_at: DateTimeUtc,
    pub(crate) attempts: i64,
    pub(crate) next_attempt_at: Option<DateTimeUtc>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) traceparent: Option<String>,
}

/// [`State`], stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub(crate) enum StateColumn {
    #[sea_orm(string_value = "pending")]
    Pending,
    #[sea_orm(string_value = "voiding")]
    Voiding,
    #[sea_orm(string_value = "approved")]
    Approved,
    #[sea_orm(string_value = "declined")]
    Declined,
    #[sea_orm(string_value = "refunding")]
    Refunding,
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns that change.
const CHANGING: [Column; 7] = [
    Column::State,
    Column::Reason,
    Column::Reference,
    Column::Attempts,
    Column::NextAttemptAt,
    Column::Version,
    Column::UpdatedAt,
];

/// All payments of `bookings`, locked with their accounts, and those called `ids`; some may come
/// twice. Two queries, because a database that knows no statistics yet reads a whole table for one
/// with an OR.
pub(super) async fn load(
    tx: &DatabaseTransaction,
    bookings: &BTreeSet<BookingId>,
    ids: &BTreeSet<PaymentId>,
) -> Result<Vec<Payment>, DbErr> {
    let mut rows = Vec::new();
    if !ids.is_empty() {
        let these = Column::Id.is_in(database::keys(ids.iter().map(|id| id.0)));
        rows.extend(Entity::find().filter(these).all(tx).await?);
    }
    if !bookings.is_empty() {
        let theirs = Column::BookingId.is_in(database::keys(bookings.iter().map(|id| id.0)));
        rows.extend(Entity::find().filter(theirs).all(tx).await?);
    }
    rows.into_iter().map(Payment::try_from).collect()
}

/// What is new, sorted by id.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Payment>) -> Result<(), DbErr> {
    for some in database::statements(new, ROWS) {
        Entity::insert_many(some.into_iter().map(active)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was loaded, and changed.
pub(super) async fn update(tx: &DatabaseTransaction, changed: Vec<Payment>) -> Result<(), DbErr> {
    for some in database::statements(changed, ROWS) {
        let update = OnConflict::column(Column::Id).update_columns(CHANGING).to_owned();
        Entity::insert_many(some.into_iter().map(active))
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn active(payment: Payment) -> ActiveModel {
    Model::from(payment).into_active_model().reset_all()
}

// === row to domain and back ===

impl TryFrom<Model> for Payment {
    type Error = DbErr;

    /// A row that cannot be read is a fault of the store.
    fn try_from(row: Model) -> Result<Self, DbErr> {
        let missing = || DbErr::Type(format!("payment {} has no charge to name", row.id));
        let reference = row.reference.map(Reference);
        let state = match row.state {
            StateColumn::Pending => State::Pending,
            StateColumn::Voiding => State::Voiding,
            StateColumn::Approved => State::Approved { reference: reference.ok_or_else(missing)? },
            StateColumn::Declined => State::Declined { reason: row.reason.unwrap_or_default() },
            StateColumn::Refunding => {
                State::Refunding { reference: reference.ok_or_else(missing)? }
            }
            StateColumn::Cancelled => State::Cancelled { reference },
        };
        let intent = Intent {
            payment_id: PaymentId(row.id),
            booking_id: BookingId(row.booking_id),
            customer_id: CustomerId::new(&row.customer_id),
            amount: amount(row.amount, &row.currency)?,
            method: Method::new(row.method),
            expires_at: row.expires_at,
            traceparent: row.traceparent,
        };
        Ok(Self {
            intent,
            state,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            next_attempt_at: row.next_attempt_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version.unsigned_abs(),
        })
    }
}

impl From<Payment> for Model {
    fn from(payment: Payment) -> Self {
        let Payment { intent, state, .. } = payment;
        let (state, reason, reference) = match state {
            State::Pending => (StateColumn::Pending, None, None),
            State::Voiding => (StateColumn::Voiding, None, None),
            State::Approved { reference } => (StateColumn::Approved, None, Some(reference)),
            State::Declined { reason } => (StateColumn::Declined, Some(reason), None),
            State::Refunding { reference } => (StateColumn::Refunding, None, Some(reference)),
            State::Cancelled { reference } => (StateColumn::Cancelled, None, reference),
        };
        Self {
            id: intent.payment_id.0,
            booking_id: intent.booking_id.0,
            customer_id: intent.customer_id.as_str().to_owned(),
            amount: intent.amount.minor(),
            currency: intent.amount.currency().code().to_owned(),
            method: intent.method.expose().to_owned(),
            state,
            reason,
            reference: reference.map(|it| it.0),
            expires_at: intent.expires_at,
            attempts: payment.attempts.into(),
            next_attempt_at: payment.next_attempt_at,
            version: payment.version.cast_signed(),
            created_at: payment.created_at,
            updated_at: payment.updated_at,
            traceparent: intent.traceparent,
        }
    }
}
