//! Reads, from delivery's own store.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_contracts::page::Page;
use boxoffice_kernel::{BookingId, CustomerId, DeliveryId, TicketId, Time};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use uuid::Uuid;

use crate::Error;
use crate::domain::{Delivery, Refusal, State, Ticket, delivery_of};
use crate::store::delivery::{Column, Entity, Model};
use crate::store::ticket;

/// Whose deliveries may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Their own.
    Customer(CustomerId),
    /// Everybody's: customer care.
    Care,
    /// Everybody's, but not where a parcel goes, nor what lets anybody in.
    BoxOffice,
}

/// Where a page begins: after the delivery begun then, with this id.
pub(crate) type Cursor = (Time, Uuid);

/// Which deliveries are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    /// For whom.
    pub viewer: Viewer,
    /// Only of this booking.
    pub booking_id: Option<BookingId>,
    /// How many, and from where on.
    pub page: Page<Cursor>,
}

/// One page of deliveries, and where the next begins, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deliveries {
    /// Newest first.
    pub deliveries: Vec<Delivery>,
    /// For [`Page::after`].
    pub next: Option<Cursor>,
}

// === impl List ===

impl List {
    /// What a page token is bound to.
    pub(crate) fn filters(
        viewer: &Viewer,
        booking_id: Option<BookingId>,
    ) -> impl Serialize + use<> {
        let customer = match viewer {
            Viewer::Customer(customer) => Some(customer.to_string()),
            Viewer::Care | Viewer::BoxOffice => None,
        };
        ("ListDeliveries", customer, booking_id.map(|it| it.0))
    }
}

/// One delivery, its tickets included. A stranger's is not found.
pub(crate) async fn get(
    db: &DatabaseConnection,
    viewer: &Viewer,
    id: DeliveryId,
) -> Result<Delivery, Error> {
    let row = Entity::find_by_id(id.0).filter(seen_by(viewer)).one(db).await?;
    let found = with_tickets(db, vec![row.ok_or(Error::NotFound(id))?]).await?;
    found.into_iter().next().ok_or(Error::NotFound(id))
}

/// What the QR code of one ticket says, while it lets somebody in.
pub(crate) async fn code(
    db: &DatabaseConnection,
    viewer: &Viewer,
    (id, ticket_id): (DeliveryId, TicketId),
) -> Result<String, Error> {
    let delivery = get(db, viewer, id).await?;
    let ticket = delivery.tickets.into_iter().find(|it| it.id == ticket_id);
    let ticket = ticket.ok_or(Refusal::UnknownTicket(ticket_id))?;
    match delivery.state {
        State::Cancelled => Err(Refusal::TicketCancelled.into()),
        State::Started | State::Completed => Ok(ticket.code.ok_or(Refusal::Printed)?),
    }
}

/// Deliveries with their tickets, newest first, of one booking or of all.
pub(crate) async fn list(
    db: &DatabaseConnection,
    List { viewer, booking_id, page }: &List,
) -> Result<Deliveries, Error> {
    let mut found = Entity::find().filter(seen_by(viewer));
    if let Some(booking_id) = booking_id {
        found = found.filter(Column::Id.eq(delivery_of(*booking_id).0));
    }
    let mut cursor = found.cursor_by((Column::CreatedAt, Column::Id));
    cursor.desc();
    if let Some(after) = page.after {
        cursor.after(after);
    }
    // One more than asked for: whether there is a next page is seen, not guessed.
    let mut rows = cursor.first(page.size + 1).all(db).await?;
    let more = rows.len() as u64 > page.size;
    rows.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|it| (it.created_at, it.id));
    Ok(Deliveries { deliveries: with_tickets(db, rows).await?, next })
}

/// What is due.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub delivery_id: DeliveryId,
    pub booking_id: BookingId,
    pub traceparent: Option<String>,
}

/// Parcels whose next attempt is due, the longest waiting first.
pub(crate) async fn due(db: &DatabaseConnection, now: Time, limit: u32) -> Result<Vec<Due>, Error> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::Id, Column::BookingId, Column::Traceparent])
        .filter(Column::NextAttemptAt.lte(now))
        .order_by_asc(Column::NextAttemptAt)
        .limit(u64::from(limit))
        .into_tuple::<(Uuid, Uuid, Option<String>)>()
        .all(db)
        .await?;
    let due = |(id, booking, traceparent)| Due {
        delivery_id: DeliveryId(id),
        booking_id: BookingId(booking),
        traceparent,
    };
    Ok(rows.into_iter().map(due).collect())
}

async fn with_tickets(db: &DatabaseConnection, rows: Vec<Model>) -> Result<Vec<Delivery>, Error> {
    let ids: BTreeSet<Uuid> = rows.iter().map(|it| it.id).collect();
    let mut tickets: BTreeMap<Uuid, Vec<Ticket>> = BTreeMap::new();
    for row in ticket::load(db, &ids).await? {
        tickets.entry(row.delivery_id).or_default().push(row.into());
    }
    let deliveries = rows.into_iter().map(|row| {
        let tickets = tickets.remove(&row.id).unwrap_or_default();
        Ok(Delivery { tickets, ..row.try_into()? })
    });
    deliveries.collect()
}

fn seen_by(viewer: &Viewer) -> Condition {
    match viewer {
        Viewer::Customer(customer) => {
            Condition::all().add(Column::CustomerId.eq(customer.as_str()))
        }
        Viewer::Care | Viewer::BoxOffice => Condition::all(),
    }
}
