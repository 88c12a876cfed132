//! Whose licences, and nobody's any more.

use boxoffice_kernel::CustomerId;
use boxoffice_runtime::privacy::{Asked, Erasure, Known, Privacy};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};

use crate::store::license::{Column, Entity};

/// Both, for whoever is asked by a person.
pub const PRIVACY: Privacy = Privacy { export, erase };

/// Their licences, and when they watched.
pub fn export<'a>(db: &'a DatabaseConnection, who: &'a CustomerId) -> Asked<'a, Known> {
    Box::pin(async move {
        let theirs = Entity::find().filter(Column::CustomerId.eq(who.as_str()));
        let licenses = theirs.order_by_asc(Column::CreatedAt).all(db).await?;
        Known::default().with("licenses", &licenses, &[])
    })
}

/// What was bought and watched stays, nobody's.
pub fn erase<'a>(tx: &'a DatabaseTransaction, erasure: &'a Erasure) -> Asked<'a, u64> {
    Box::pin(
        async move { Ok(erasure.rows::<Entity>(Column::CustomerId).exec(tx).await?.rows_affected) },
    )
}
