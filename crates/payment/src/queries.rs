//! Reads, from payment's own store.

use boxoffice_contracts::page::Page;
use boxoffice_kernel::{BookingId, CustomerId, PaymentId, Time};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use uuid::Uuid;

use crate::Error;
use crate::domain::Payment;
use crate::store::payment::{Column, Entity};

/// Whose payments may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Their own.
    Customer(CustomerId),
    /// Everybody's.
    Care,
}

/// Where a page begins: after the payment begun then, with this id.
pub(crate) type Cursor = (Time, Uuid);

/// Which payments are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    /// For whom.
    pub viewer: Viewer,
    /// Only of this booking.
    pub booking_id: Option<BookingId>,
    /// How many, and from where on.
    pub page: Page<Cursor>,
}

/// One page of payments, and where the next begins, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payments {
    /// Newest first.
    pub payments: Vec<Payment>,
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
            Viewer::Care => None,
        };
        ("ListPayments", customer, booking_id.map(|it| it.0))
    }
}

/// One payment. A stranger's is not found.
pub(crate) async fn get(
    db: &DatabaseConnection,
    viewer: &Viewer,
    id: PaymentId,
) -> Result<Payment, Error> {
    let row = Entity::find_by_id(id.0).filter(seen_by(viewer)).one(db).await?;
    Ok(row.ok_or(Error::NotFound(id))?.try_into()?)
}

/// Payments, newest first, of one booking or of all.
pub(crate) async fn list(
    db: &DatabaseConnection,
    List { viewer, booking_id, page }: &List,
) -> Result<Payments, Error> {
    let mut found = Entity::find().filter(seen_by(viewer));
    if let Some(booking_id) = booking_id {
        found = found.filter(Column::BookingId.eq(booking_id.0));
    }
    let mut cursor = found.cursor_by((Column::CreatedAt, Column::Id));
    cursor.desc();
    if let Some(after) = page.after {
        cursor.after(after);
    }
    // One more than asked for: whether there is a next page is seen, not guessed.
    let rows = cursor.first(page.size + 1).all(db).await?;
    let mut payments = rows.into_iter().map(Payment::try_from).collect::<Result<Vec<_>, _>>()?;
    let more = payments.len() as u64 > page.size;
    payments.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let last = payments.last().filter(|_| more);
    let next = last.map(|it| (it.created_at, it.intent.payment_id.0));
    Ok(Payments { payments, next })
}

/// A payment that is due.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub booking_id: BookingId,
    pub payment_id: PaymentId,
    pub traceparent: Option<String>,
}

/// Unsettled payments whose next attempt is due, the longest waiting first.
pub(crate) async fn due(db: &DatabaseConnection, now: Time, limit: u32) -> Result<Vec<Due>, Error> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::BookingId, Column::Id, Column::Traceparent])
        .filter(Column::NextAttemptAt.lte(now))
        .order_by_asc(Column::NextAttemptAt)
        .limit(u64::from(limit))
        .into_tuple::<(Uuid, Uuid, Option<String>)>()
        .all(db)
        .await?;
    let due = |(booking, id, traceparent)| Due {
        booking_id: BookingId(booking),
        payment_id: PaymentId(id),
        traceparent,
    };
    Ok(rows.into_iter().map(due).collect())
}

fn seen_by(viewer: &Viewer) -> Condition {
    match viewer {
        Viewer::Customer(customer) => {
            Condition::all().add(Column::CustomerId.eq(customer.as_str()))
        }
        Viewer::Care => Condition::all(),
    }
}
