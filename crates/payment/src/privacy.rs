//! Who paid, and nobody any more.

use boxoffice_kernel::CustomerId;
use boxoffice_runtime::privacy::{Asked, Erasure, Known, Privacy};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};

use crate::store::payment::{Column, Entity};

/// Both, for whoever is asked by a person.
pub const PRIVACY: Privacy = Privacy { export, erase };

/// What they paid, and by which method. Money that is still on its way needs its owner.
pub fn export<'a>(db: &'a DatabaseConnection, who: &'a CustomerId) -> Asked<'a, Known> {
    Box::pin(async move {
        let theirs = Entity::find().filter(Column::CustomerId.eq(who.as_str()));
        let payments = theirs.order_by_asc(Column::CreatedAt).all(db).await?;
        let moving = payments.iter().filter(|it| it.next_attempt_at.is_some());
        let unsettled = moving.map(|it| format!("payment {} is not settled", it.id)).collect();
        Known { unsettled, ..Known::default() }.with("payments", &payments, &[])
    })
}

/// The method goes; sum, state and the provider's name for the charge stay, for the books.
pub fn erase<'a>(tx: &'a DatabaseTransaction, erasure: &'a Erasure) -> Asked<'a, u64> {
    Box::pin(async move {
        let erased = erasure.rows::<Entity>(Column::CustomerId);
        Ok(erased.col_expr(Column::Method, Expr::value("")).exec(tx).await?.rows_affected)
    })
}
