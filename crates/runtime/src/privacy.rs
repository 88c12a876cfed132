//! What a context answers when a person asks for their data, or for its end (GDPR, articles 15 and 17).

use std::collections::BTreeMap;
use std::fmt;

use boxoffice_eventing::database;
use boxoffice_kernel::CustomerId;
use futures::future::BoxFuture;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    UpdateMany,
};
use serde::Serialize;
use serde_json::Value;

use crate::Database;

/// The two things that every context can do for a person.
#[derive(Clone, Copy)]
pub struct Privacy {
    /// All that it knows about them.
    pub export: for<'a> fn(&'a DatabaseConnection, &'a CustomerId) -> Asked<'a, Known>,
    /// Takes away whatever says who they are, and puts the pseudonym where their id was. Ids, seats, sums and states stay, so
    /// that the books balance. Says how many rows that changed: none, the second time.
    pub erase: for<'a> fn(&'a DatabaseTransaction, &'a Erasure) -> Asked<'a, u64>,
}

/// The answer of one of them.
pub type Asked<'a, T> = BoxFuture<'a, Result<T, DbErr>>;

/// What a context knows about a person.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Rows as JSON, by table.
    pub tables: BTreeMap<&'static str, Vec<Value>>,
    /// Why they cannot be erased yet, a sentence each.
    pub unsettled: Vec<String>,
}

/// A person who wants to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The `sub` of their token.
    pub who: CustomerId,
    /// Who they are from now on, the same everywhere. It is drawn, so nothing leads back from it.
    pub pseudonym: CustomerId,
}

// === impl Privacy ===

impl Privacy {
    /// Of a context that knows nobody.
    pub const NOBODY: Self = Self {
        export: |_, _| Box::pin(async { Ok(Known::default()) }),
        erase: |_, _| Box::pin(async { Ok(0) }),
    };

    /// Erases in a transaction of its own; says how many rows that changed.
    pub async fn forget(&self, db: &Database, erasure: &Erasure) -> Result<u64, DbErr> {
        let tx = database::begin(&db.write).await?;
        let rows = (self.erase)(&tx, erasure).await?;
        tx.commit().await?;
        Ok(rows)
    }
}

impl fmt::Debug for Privacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Privacy")
    }
}

// === impl Erasure ===

impl Erasure {
    /// Puts the pseudonym where their id was, in all rows of theirs. What else has to change is added to it.
    pub fn rows<E: EntityTrait>(&self, customer: E::Column) -> UpdateMany<E> {
        let nobody = Expr::value(self.pseudonym.as_str());
        E::update_many().filter(customer.eq(self.who.as_str())).col_expr(customer, nobody)
    }
}

// === impl Known ===

impl Known {
    /// Adds the rows of a table. Those of its columns that are JSON themselves are shown as such.
    pub fn with<T: Serialize>(
        mut self,
        table: &'static str,
        rows: &[T],
        json: &[&str],
    ) -> Result<Self, DbErr> {
        for row in rows {
            let mut row = serde_json::to_value(row).map_err(unreadable)?;
            for &column in json {
                let Some(text) = row[column].as_str() else { continue };
                row[column] = serde_json::from_str(text).map_err(unreadable)?;
            }
            self.tables.entry(table).or_default().push(row);
        }
        Ok(self)
    }
}

fn unreadable(error: serde_json::Error) -> DbErr {
    DbErr::Json(error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_json_in_a_column_is_shown_as_such() {
        let rows = [json!({ "id": 1, "seats": "[\"A-1\"]", "reason": null })];
        let known = Known::default().with("bookings", &rows, &["seats", "reason"]).unwrap();
        let known = known.with::<Value>("tickets", &[], &[]).unwrap();
        let expected = json!({ "bookings": [{ "id": 1, "seats": ["A-1"], "reason": null }] });
        assert_eq!(json!(known.tables), expected);
    }
}
