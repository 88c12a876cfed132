//! Who was told what, and nobody any more.

use boxoffice_kernel::CustomerId;
use boxoffice_runtime::privacy::{Asked, Erasure, Known, Privacy};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};

use crate::store::notice::{Column, Entity};

/// Both, for whoever is asked by a person.
pub const PRIVACY: Privacy = Privacy { export, erase };

/// What they were told. Where their mail goes only booking knows.
pub fn export<'a>(db: &'a DatabaseConnection, who: &'a CustomerId) -> Asked<'a, Known> {
    Box::pin(async move {
        let theirs = Entity::find().filter(Column::CustomerId.eq(who.as_str()));
        let notices = theirs.order_by_asc(Column::CreatedAt).all(db).await?;
        Known::default().with("notices", &notices, &["topic"])
    })
}

/// Notices go whole: no book needs them, and nobody is left to be told.
pub fn erase<'a>(tx: &'a DatabaseTransaction, erasure: &'a Erasure) -> Asked<'a, u64> {
    Box::pin(async move {
        let theirs = Entity::delete_many().filter(Column::CustomerId.eq(erasure.who.as_str()));
        Ok(theirs.exec(tx).await?.rows_affected)
    })
}
