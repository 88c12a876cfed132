//! The table `simulator_charges`, and an entry as its row.

use boxoffice_kernel::PaymentId;
use sea_orm::entity::prelude::*;

use super::super::ledger::{Entry, Outcome};
use crate::domain::Method;
use crate::store::amount;

/// A row of `simulator_charges`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "simulator_charges")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) key: Uuid,
    pub(crate) amount: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) state: StateColumn,
    pub(crate) reason: Option<String>,
    pub(crate) unanswered: i32,
    pub(crate) at: DateTimeUtc,
}

/// What became of a key, stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub(crate) enum StateColumn {
    #[sea_orm(string_value = "unanswered")]
    Unanswered,
    #[sea_orm(string_value = "charged")]
    Charged,
    #[sea_orm(string_value = "declined")]
    Declined,
    #[sea_orm(string_value = "refunded")]
    Refunded,
    #[sea_orm(string_value = "void")]
    Void,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns that may change.
pub(super) const CHANGING: [Column; 4] =
    [Column::State, Column::Reason, Column::Unanswered, Column::At];

// === row to domain and back ===

impl TryFrom<Model> for Entry {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let charge = match (row.amount, row.currency, row.method) {
            (Some(minor), Some(currency), Some(method)) => {
                Some((amount(minor, &currency)?, Method::new(method)))
            }
            (None, _, _) | (_, None, _) | (_, _, None) => None,
        };
        let outcome = match row.state {
            StateColumn::Unanswered => Outcome::Unanswered { times: row.unanswered.unsigned_abs() },
            StateColumn::Charged => Outcome::Charged,
            StateColumn::Declined => Outcome::Declined { reason: row.reason.unwrap_or_default() },
            StateColumn::Refunded => Outcome::Refunded,
            StateColumn::Void => Outcome::Void,
        };
        Ok(Self { key: PaymentId(row.key), charge, outcome, at: row.at })
    }
}

impl From<Entry> for Model {
    fn from(entry: Entry) -> Self {
        let (state, reason, unanswered) = match entry.outcome {
            Outcome::Unanswered { times } => (StateColumn::Unanswered, None, times.cast_signed()),
            Outcome::Charged => (StateColumn::Charged, None, 0),
            Outcome::Declined { reason } => (StateColumn::Declined, Some(reason), 0),
            Outcome::Refunded => (StateColumn::Refunded, None, 0),
            Outcome::Void => (StateColumn::Void, None, 0),
        };
        let (money, method) = entry.charge.unzip();
        Self {
            key: entry.key.0,
            amount: money.map(|it| it.minor()),
            currency: money.map(|it| it.currency().code().to_owned()),
            method: method.map(|it| it.expose().to_owned()),
            state,
            reason,
            unanswered,
            at: entry.at,
        }
    }
}
