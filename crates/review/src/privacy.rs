//! Who wrote what, and nobody any more.

use boxoffice_kernel::CustomerId;
use boxoffice_runtime::privacy::{Asked, Erasure, Known, Privacy};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::store::review::{Column, Entity};

/// Both, for whoever is asked by a person.
pub const PRIVACY: Privacy = Privacy { export, erase };

/// Their reviews, those they deleted among them. One that waits for booking's word is found by its author there.
pub fn export<'a>(db: &'a DatabaseConnection, who: &'a CustomerId) -> Asked<'a, Known> {
    Box::pin(async move {
        let theirs = Entity::find().filter(Column::CustomerId.eq(who.as_str()));
        let reviews = theirs.order_by_asc(Column::CreatedAt).all(db).await?;
        let waiting = reviews.iter().filter(|it| it.next_attempt_at.is_some());
        let unsettled = waiting.map(|it| format!("review {} is not settled", it.id)).collect();
        Known { unsettled, ..Known::default() }.with("reviews", &reviews, &[])
    })
}

/// The text goes, and with it the fingerprint of what was asked, which is made of it; the stars stay, and the rating they are in.
pub fn erase<'a>(tx: &'a DatabaseTransaction, erasure: &'a Erasure) -> Asked<'a, u64> {
    Box::pin(async move {
        let erased = erasure.rows::<Entity>(Column::CustomerId);
        let erased = erased.col_expr(Column::Text, Expr::value(""));
        let erased = erased.col_expr(Column::Request, Expr::value(Uuid::nil()));
        Ok(erased.exec(tx).await?.rows_affected)
    })
}
