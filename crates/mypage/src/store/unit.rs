//! What one transaction works on.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_kernel::{BookingId, CustomerId, ShowingId, TitleId};
use uuid::Uuid;

use crate::domain::{Booking, Showing, Step, Title};

/// One transaction's bookings, showings and titles.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) bookings: Shelf<BookingId, Booking>,
    pub(crate) showings: Shelf<ShowingId, Showing>,
    pub(crate) titles: Shelf<TitleId, Title>,
    /// How often bookings of each have changed.
    customers: BTreeMap<CustomerId, u64>,
    known_steps: BTreeSet<Uuid>,
    new_steps: BTreeMap<Uuid, Step>,
}

/// Rows of one table, as they were and as they are.
#[derive(Debug)]
pub(crate) struct Shelf<Id, Row> {
    before: BTreeMap<Id, Row>,
    now: BTreeMap<Id, Row>,
}

/// What has to be written, sorted by key. What is new is only inserted: another replica's would be
/// lost.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Each with its place among the changes of its customer's bookings.
    pub(super) new_bookings: Vec<(Booking, u64)>,
    pub(super) bookings: Vec<(Booking, u64)>,
    pub(super) new_customers: Vec<(CustomerId, u64)>,
    pub(super) customers: Vec<(CustomerId, u64)>,
    pub(super) new_showings: Vec<Showing>,
    pub(super) showings: Vec<Showing>,
    pub(super) new_titles: Vec<Title>,
    pub(super) titles: Vec<Title>,
    pub(super) new_steps: Vec<Step>,
}

// === impl Unit ===

impl Unit {
    pub(super) fn new(
        bookings: Vec<Booking>,
        customers: BTreeMap<CustomerId, u64>,
        showings: Vec<Showing>,
        titles: Vec<Title>,
        known_steps: BTreeSet<Uuid>,
    ) -> Self {
        Self {
            bookings: Shelf::of(bookings, |it| it.id),
            showings: Shelf::of(showings, |it| it.id),
            titles: Shelf::of(titles, |it| it.id),
            customers,
            known_steps,
            new_steps: BTreeMap::new(),
        }
    }

    /// Keeps a step, once.
    pub(crate) fn keep(&mut self, step: &Step) {
        if !self.known_steps.contains(&step.event_id) {
            self.new_steps.entry(step.event_id).or_insert_with(|| step.clone());
        }
    }

    pub(super) fn into_changes(self) -> Changes {
        let locked: BTreeSet<CustomerId> = self.customers.keys().cloned().collect();
        let mut versions = self.customers;
        let mut counted = BTreeSet::new();
        let mut number = |booking: Booking| {
            let Some(customer) = &booking.customer_id else { return (booking, 0) };
            let version = versions.entry(customer.clone()).or_default();
            *version += 1;
            counted.insert(customer.clone());
            let version = *version;
            (booking, version)
        };
        let (new_bookings, bookings) = self.bookings.into_changes();
        let mut changes = Changes {
            new_bookings: new_bookings.into_iter().map(&mut number).collect(),
            bookings: bookings.into_iter().map(&mut number).collect(),
            new_steps: self.new_steps.into_values().collect(),
            ..Changes::default()
        };
        versions.retain(|customer, _| counted.contains(customer));
        (changes.customers, changes.new_customers) =
            versions.into_iter().partition(|(customer, _)| locked.contains(customer));
        (changes.new_showings, changes.showings) = self.showings.into_changes();
        (changes.new_titles, changes.titles) = self.titles.into_changes();
        changes
    }
}

// === impl Shelf ===

impl<Id: Ord + Copy, Row: Clone + PartialEq> Shelf<Id, Row> {
    fn of(rows: Vec<Row>, id: impl Fn(&Row) -> Id) -> Self {
        let before: BTreeMap<_, _> = rows.into_iter().map(|row| (id(&row), row)).collect();
        Self { now: before.clone(), before }
    }

    /// The row, made if there is none.
    pub(crate) fn get_or_insert(&mut self, id: Id, new: impl FnOnce() -> Row) -> &mut Row {
        self.now.entry(id).or_insert_with(new)
    }

    /// What is new, and what changed.
    fn into_changes(self) -> (Vec<Row>, Vec<Row>) {
        let Self { before, now } = self;
        let changed = now.into_iter().filter(|(id, row)| before.get(id) != Some(row));
        let (new, changed): (Vec<_>, Vec<_>) =
            changed.partition(|(id, _)| !before.contains_key(id));
        let rows = |rows: Vec<(Id, Row)>| rows.into_iter().map(|(_, row)| row).collect();
        (rows(new), rows(changed))
    }
}
