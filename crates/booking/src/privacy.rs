//! Who booked what, and how they are reached; nobody any more. And whose erasing is begun: every context takes the same pseudonym,
//! also if it takes two goes.

use boxoffice_eventing::database;
use boxoffice_kernel::{Clock, CustomerId, Time};
use boxoffice_runtime::privacy::{Asked, Erasure, Known, Privacy};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::domain::State;
use crate::store::{Column, Entity, Model, erasure};

/// Both, for whoever is asked by a person.
pub const PRIVACY: Privacy = Privacy { export, erase };

/// Their bookings, with how to reach them. Those that are still to come, or to be decided, need their owner.
pub fn export<'a>(db: &'a DatabaseConnection, who: &'a CustomerId) -> Asked<'a, Known> {
    Box::pin(async move {
        let theirs = Entity::find().filter(Column::CustomerId.eq(who.as_str()));
        let bookings = theirs.order_by_asc(Column::CreatedAt).all(db).await?;
        let now = Clock.now();
        let unsettled = bookings.iter().filter_map(|booking| unsettled(booking, now)).collect();
        Known { unsettled, ..Known::default() }.with("bookings", &bookings, &["details", "contact"])
    })
}

/// How to reach them goes, how they paid, and the fingerprint of what they asked, which is made of that; seats, sums and states stay.
pub fn erase<'a>(tx: &'a DatabaseTransaction, erasure: &'a Erasure) -> Asked<'a, u64> {
    Box::pin(async move {
        let theirs = Entity::find().filter(Column::CustomerId.eq(erasure.who.as_str()));
        let bookings = theirs.order_by_asc(Column::Id).lock_exclusive().all(tx).await?;
        let count = bookings.len() as u64;
        for booking in bookings {
            booking.without_person(&erasure.pseudonym)?.update_without_returning(tx).await?;
        }
        Ok(count)
    })
}

/// The erasing of somebody that was begun and is not [`done`].
pub async fn begun(db: &DatabaseConnection, who: &CustomerId) -> Result<Option<Erasure>, DbErr> {
    let row = erasure::Entity::find_by_id(key(who)).one(db).await?;
    let begun = |row: erasure::Model| Erasure {
        who: who.clone(),
        pseudonym: CustomerId::new(&row.pseudonym),
    };
    Ok(row.map(begun))
}

/// Begins it, or goes on with what was begun.
pub async fn begin(db: &DatabaseConnection, who: &CustomerId) -> Result<Erasure, DbErr> {
    let pseudonym = format!("erased-{}", Uuid::new_v4());
    let tx = database::begin(db).await?;
    if erasure::Entity::find_by_id(key(who)).one(&tx).await?.is_none() {
        let row = erasure::Model { id: key(who), pseudonym: pseudonym.clone() };
        erasure::Entity::insert(row.into_active_model()).exec_without_returning(&tx).await?;
    }
    tx.commit().await?;
    let begun = begun(db, who).await?;
    begun.ok_or_else(|| DbErr::RecordNotFound("another erased the same person just now".to_owned()))
}

/// Nothing is left of them anywhere: from here on nothing leads from them to their pseudonym.
pub async fn done(db: &DatabaseConnection, who: &CustomerId) -> Result<(), DbErr> {
    erasure::Entity::delete_by_id(key(who)).exec(db).await?;
    Ok(())
}

fn key(who: &CustomerId) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("erasure\0{who}").as_bytes())
}

fn unsettled(booking: &Model, now: Time) -> Option<String> {
    let id = booking.id;
    match State::from(booking.state) {
        State::Placed | State::AwaitingPayment | State::Cancelling => {
            Some(format!("booking {id} is not decided"))
        }
        State::Confirmed if booking.ends_at.or(booking.starts_at).is_some_and(|at| at > now) => {
            Some(format!("booking {id} is for a showing still to come; cancel it, or wait"))
        }
        State::Confirmed | State::Rejected | State::Expired | State::Cancelled => None,
    }
}
