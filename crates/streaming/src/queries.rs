//! Reads, from streaming's own store. A mark is no licence: nobody sees it.

use boxoffice_contracts::page::Page;
use boxoffice_kernel::{BookingId, CustomerId, LicenseId, Time};
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter};
use serde::Serialize;
use uuid::Uuid;

use crate::Error;
use crate::domain::License;
use crate::store::license::{Column, Entity, StateColumn};

/// Whose licences may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Their own.
    Customer(CustomerId),
    /// Everybody's.
    Care,
}

/// Where a page begins: after the licence made then, with this id.
pub(crate) type Cursor = (Time, Uuid);

/// Which licences are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    /// For whom.
    pub viewer: Viewer,
    /// Only of this booking.
    pub booking_id: Option<BookingId>,
    /// How many, and from where on.
    pub page: Page<Cursor>,
}

/// One page of licences, and where the next begins, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Licenses {
    /// Newest first.
    pub licenses: Vec<License>,
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
        ("ListLicenses", customer, booking_id.map(|it| it.0))
    }
}

/// One licence. A stranger's is not found.
pub(crate) async fn get(
    db: &DatabaseConnection,
    viewer: &Viewer,
    id: LicenseId,
) -> Result<License, Error> {
    let row = Entity::find_by_id(id.0).filter(seen_by(viewer)).one(db).await?;
    Ok(row.ok_or(Error::NotFound(id))?.try_into()?)
}

/// Licences, newest first, of one booking or of all.
pub(crate) async fn list(
    db: &DatabaseConnection,
    List { viewer, booking_id, page }: &List,
) -> Result<Licenses, Error> {
    let mut found = Entity::find().filter(seen_by(viewer));
    if let Some(booking_id) = booking_id {
        found = found.filter(Column::Id.eq(License::id_of(*booking_id).0));
    }
    let mut cursor = found.cursor_by((Column::CreatedAt, Column::Id));
    cursor.desc();
    if let Some(after) = page.after {
        cursor.after(after);
    }
    // One more than asked for: whether there is a next page is seen, not guessed.
    let rows = cursor.first(page.size + 1).all(db).await?;
    let mut licenses = rows.into_iter().map(License::try_from).collect::<Result<Vec<_>, _>>()?;
    let more = licenses.len() as u64 > page.size;
    licenses.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let next = licenses.last().filter(|_| more).map(|it| (it.created_at, it.id.0));
    Ok(Licenses { licenses, next })
}

fn seen_by(viewer: &Viewer) -> Condition {
    let licenses = Condition::all().add(Column::State.ne(StateColumn::Closed));
    match viewer {
        Viewer::Customer(customer) => licenses.add(Column::CustomerId.eq(customer.as_str())),
        Viewer::Care => licenses,
    }
}
