//! Reads, from my page's own store. A booking, its showing and its title meet here, so it makes no
//! difference which of them was heard of first.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_contracts::page::Page;
use boxoffice_kernel::{BookingId, Clock, CustomerId, ShowingId, Time, TitleId};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::Error;
use crate::domain::{Booking, BookingStatus, Showing, Step, Title};
use crate::store::booking::{Column, Entity, Model};
use crate::store::status::Status;
use crate::store::{customer, showing, step, title};

/// Whose bookings may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Their own.
    Customer(CustomerId),
    /// Everybody's.
    Care,
}

/// Where a page begins: after the booking first heard of then, with this id.
pub(crate) type Cursor = (Time, Uuid);

/// Which bookings are looked for; all that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Search {
    /// Whose.
    pub(crate) customer_id: Option<CustomerId>,
    /// Of this showing.
    pub(crate) showing_id: Option<ShowingId>,
    /// Of this title, in a showing or at home.
    pub(crate) title_id: Option<TitleId>,
    /// Where they stand.
    pub(crate) status: Option<BookingStatus>,
    /// Neither confirmed nor ended, and unchanged since then.
    pub(crate) stuck_since: Option<Time>,
}

/// A booking with what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// The booking.
    pub(crate) booking: Booking,
    /// Its place among the changes of its customer's bookings.
    pub(crate) version: u64,
    showing: Option<Showing>,
    title: Option<Title>,
}

/// One page of bookings, and where the next begins, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Views {
    /// Newest first.
    pub(crate) views: Vec<View>,
    /// For [`Page::after`].
    pub(crate) next: Option<Cursor>,
}

/// One booking and its history, in the order of time, then of event id. A stranger's is not found.
pub(crate) async fn get(
    db: &DatabaseConnection,
    viewer: &Viewer,
    id: BookingId,
) -> Result<(View, Vec<Step>), Error> {
    let row = Entity::find_by_id(id.0).filter(seen_by(viewer)).one(db).await?;
    let views = join(db, row.into_iter().collect()).await?;
    let view = views.into_iter().next().ok_or(Error::NotFound(id))?;
    let steps = step::Entity::find()
        .filter(step::Column::BookingId.eq(id.0))
        .order_by_asc(step::Column::OccurredAt)
        .order_by_asc(step::Column::EventId)
        .all(db)
        .await?;
    let steps = steps.into_iter().map(Step::try_from).collect::<Result<_, _>>()?;
    Ok((view, steps))
}

/// Bookings, newest first.
pub(crate) async fn search(
    db: &DatabaseConnection,
    search: &Search,
    page: &Page<Cursor>,
) -> Result<Views, Error> {
    let mut cursor =
        Entity::find().filter(matching(search)).cursor_by((Column::CreatedAt, Column::Id));
    cursor.desc();
    if let Some(after) = page.after {
        cursor.after(after);
    }
    // One more than asked for: whether there is a next page is seen, not guessed.
    let mut rows = cursor.first(page.size + 1).all(db).await?;
    let more = rows.len() as u64 > page.size;
    rows.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|row| (row.created_at, row.id));
    Ok(Views { views: join(db, rows).await?, next })
}

/// How often a customer's bookings have changed.
pub(crate) async fn version(db: &DatabaseConnection, id: &CustomerId) -> Result<u64, Error> {
    let row = customer::Entity::find_by_id(id.as_str()).one(db).await?;
    Ok(row.map(|row| row.version.cast_unsigned()).unwrap_or_default())
}

/// A customer's bookings that changed after `version`, as they are now, in the order they changed.
pub(crate) async fn changes(
    db: &DatabaseConnection,
    customer: &CustomerId,
    version: u64,
    limit: u64,
) -> Result<Vec<View>, Error> {
    let rows = Entity::find()
        .filter(Column::CustomerId.eq(customer.as_str()))
        .filter(Column::Version.gt(version.cast_signed()))
        .order_by_asc(Column::Version)
        .limit(limit)
        .all(db)
        .await?;
    Ok(join(db, rows).await?)
}

fn seen_by(viewer: &Viewer) -> Condition {
    match viewer {
        Viewer::Customer(customer) => {
            Condition::all().add(Column::CustomerId.eq(customer.as_str()))
        }
        Viewer::Care => Condition::all(),
    }
}

fn matching(search: &Search) -> Condition {
    let mut all = Condition::all();
    if let Some(customer) = &search.customer_id {
        all = all.add(Column::CustomerId.eq(customer.as_str()));
    }
    if let Some(showing) = search.showing_id {
        all = all.add(Column::ShowingId.eq(showing.0));
    }
    if let Some(title) = search.title_id {
        let showings = showing::Entity::find()
            .select_only()
            .column(showing::Column::Id)
            .filter(showing::Column::TitleId.eq(title.0))
            .into_query();
        let either = Condition::any()
            .add(Column::TitleId.eq(title.0))
            .add(Column::ShowingId.in_subquery(showings));
        all = all.add(either);
    }
    if let Some(status) = search.status {
        all = all.add(Column::Status.eq(Status::from(status)));
    }
    if let Some(since) = search.stuck_since {
        // Nothing was updated later than now; and MariaDB finds nothing at all before a moment after 2038, as it is bound.
        let since = since.min(Clock.now());
        all = all.add(Column::Open.eq(true)).add(Column::UpdatedAt.lte(since));
    }
    all
}

/// Two queries more, whatever the number of bookings.
async fn join(db: &DatabaseConnection, rows: Vec<Model>) -> Result<Vec<View>, DbErr> {
    let ids: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.showing_id).collect();
    let mut showings: BTreeMap<ShowingId, Showing> = BTreeMap::new();
    if !ids.is_empty() {
        let found = showing::Entity::find().filter(showing::Column::Id.is_in(ids)).all(db).await?;
        showings.extend(found.into_iter().map(|row| (ShowingId(row.id), row.into())));
    }
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let version = row.version.cast_unsigned();
        let booking = Booking::try_from(row)?;
        let showing = booking.showing_id.and_then(|id| showings.get(&id)).cloned();
        views.push(View { booking, version, showing, title: None });
    }
    let ids: BTreeSet<Uuid> = views.iter().filter_map(View::title_id).map(|id| id.0).collect();
    if !ids.is_empty() {
        let found = title::Entity::find().filter(title::Column::Id.is_in(ids)).all(db).await?;
        let titles: BTreeMap<TitleId, Title> =
            found.into_iter().map(|row| (TitleId(row.id), row.into())).collect();
        for view in &mut views {
            view.title = view.title_id().and_then(|id| titles.get(&id)).cloned();
        }
    }
    Ok(views)
}

// === impl View ===

impl View {
    /// The title, as the booking or its showing says.
    pub(crate) fn title_id(&self) -> Option<TitleId> {
        let of_showing = || Some(self.showing.as_ref()?.scheduled.as_ref()?.0);
        self.booking.title_id.or_else(of_showing)
    }

    /// What the title is called; empty until that is known.
    pub(crate) fn title_name(&self) -> &str {
        self.title.as_ref().and_then(|title| title.name.value.as_deref()).unwrap_or_default()
    }

    /// Where it is shown; empty if it isn't, and until that is known.
    pub(crate) fn venue(&self) -> &str {
        let scheduled = self.showing.as_ref().and_then(|showing| showing.scheduled.as_ref());
        scheduled.map(|(_, venue)| venue.as_str()).unwrap_or_default()
    }

    /// When the showing begins: as booking told this customer, else as seating says.
    pub(crate) fn starts_at(&self) -> Option<Time> {
        let of_showing = || self.showing.as_ref()?.starts_at.value;
        self.booking.starts_at.value.or_else(of_showing)
    }
}
