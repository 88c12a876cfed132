//! Whose tickets, and where they went; nobody, and nowhere any more.

use boxoffice_kernel::CustomerId;
use boxoffice_runtime::privacy::{Asked, Erasure, Known, Privacy};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};

use crate::store::delivery::{Column, Entity};
use crate::store::ticket;

/// Both, for whoever is asked by a person.
pub const PRIVACY: Privacy = Privacy { export, erase };

/// What says who they are, or leads there.
const PARCEL: [Column; 5] = [
    Column::Shipper,
    Column::TrackingNumber,
    Column::ContactName,
    Column::ContactPhone,
    Column::ContactAddress,
];

/// Their deliveries with their parcels, and their tickets. A parcel that has still to go out, or to come back, needs its address.
pub fn export<'a>(db: &'a DatabaseConnection, who: &'a CustomerId) -> Asked<'a, Known> {
    Box::pin(async move {
        let theirs = Entity::find().filter(Column::CustomerId.eq(who.as_str()));
        let deliveries = theirs.order_by_asc(Column::CreatedAt).all(db).await?;
        let tickets = ticket::load(db, &deliveries.iter().map(|it| it.id).collect()).await?;
        let moving = deliveries.iter().filter(|it| it.next_attempt_at.is_some());
        let unsettled = moving.map(|it| format!("the parcel of delivery {} is not through", it.id));
        let known = Known { unsettled: unsettled.collect(), ..Known::default() };
        known.with("deliveries", &deliveries, &[])?.with("tickets", &tickets, &[])
    })
}

/// Parcels go, with their numbers: these lead to the address. Deliveries and tickets stay, nobody's.
pub fn erase<'a>(tx: &'a DatabaseTransaction, erasure: &'a Erasure) -> Asked<'a, u64> {
    Box::pin(async move {
        let mut erased = erasure.rows::<Entity>(Column::CustomerId);
        for column in PARCEL {
            erased = erased.col_expr(column, Expr::value(Option::<String>::None));
        }
        Ok(erased.exec(tx).await?.rows_affected)
    })
}
