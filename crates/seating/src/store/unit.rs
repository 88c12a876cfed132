//! The unit of work: what one transaction has loaded, what has become of it, and what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use boxoffice_kernel::{BookingId, ShowingId, Time, TitleId};

use super::layout::Loaded as LoadedLayouts;
use super::rows::{Changes, Rows};
use crate::domain::{
    Event, Hall, HallId, Hold, House, Layout, LayoutId, Refusal, Seat, SeatName, Showing, Standing,
};

/// What the commands of one batch work on. Everything a decision may look at is in here.
#[derive(Debug)]
pub struct Unit {
    now: Time,
    houses: BTreeMap<ShowingId, House>,
    /// The houses as the database has them; one that is not in here is new.
    stored: BTreeMap<ShowingId, Stored>,
    holds: Rows<BookingId, Hold>,
    halls: Rows<HallId, Hall>,
    layouts: Rows<LayoutId, Arc<Layout>>,
    titles: Rows<TitleId, Standing>,
    events: Vec<Event>,
}

/// What tells a changed or new row of a house from one that is as it was.
#[derive(Debug)]
struct Stored {
    version: u64,
    seats: BTreeSet<SeatName>,
}

/// What the database has to be told.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) layouts: Vec<Arc<Layout>>,
    pub(super) halls: Changes<(HallId, Hall)>,
    pub(super) titles: Changes<(TitleId, Standing)>,
    pub(super) showings: Changes<Showing>,
    pub(super) holds: Changes<(BookingId, Hold)>,
    pub(super) seats: Changes<(ShowingId, SeatName, Seat)>,
}

// === impl Unit: for commands ===

impl Unit {
    /// The time at which all of this is decided.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The showing, if there is one.
    pub fn showing(&self, id: ShowingId) -> Option<&Showing> {
        self.houses.get(&id).map(House::showing)
    }

    /// The house of a showing that must exist.
    pub fn house(&self, id: ShowingId) -> Result<&House, Refusal> {
        self.houses.get(&id).ok_or(Refusal::ShowingNotFound(id))
    }

    /// As [`Unit::house`], to change. What changed is told by its version.
    pub fn house_mut(&mut self, id: ShowingId) -> Result<&mut House, Refusal> {
        self.houses.get_mut(&id).ok_or(Refusal::ShowingNotFound(id))
    }

    /// Adds a new showing, together with the event that says so.
    pub fn open_house(&mut self, showing: Showing) {
        self.events.push(showing.scheduled());
        self.houses.insert(showing.id, House::new(showing, BTreeMap::new()));
    }

    /// What the booking has, had, or may never have.
    pub fn hold(&self, booking_id: BookingId) -> Option<&Hold> {
        self.holds.get(&booking_id)
    }

    /// Keeps a changed or new hold.
    pub fn put_hold(&mut self, hold: Hold) {
        self.holds.put(hold.booking_id, hold);
    }

    /// A hall that must exist.
    pub fn hall(&self, id: &HallId) -> Result<&Hall, Refusal> {
        self.halls.get(id).ok_or_else(|| Refusal::HallNotFound(id.clone()))
    }

    /// Keeps a changed or new hall.
    pub fn put_hall(&mut self, hall: Hall) {
        self.halls.put(hall.id.clone(), hall);
    }

    /// Keeps a layout, unless it is there already: it never changes.
    pub fn keep_layout(&mut self, layout: Arc<Layout>) {
        if self.layouts.get(&layout.id()).is_none() {
            self.layouts.put(layout.id(), layout);
        }
    }

    /// How the title stands, if it was ever heard of.
    pub fn title(&self, id: TitleId) -> Option<Standing> {
        self.titles.get(&id).copied()
    }

    /// Keeps how a title stands now.
    pub fn put_title(&mut self, id: TitleId, standing: Standing) {
        self.titles.put(id, standing);
    }

    /// Says what happened, if anything did.
    pub fn record(&mut self, event: Option<Event>) {
        self.events.extend(event);
    }
}

// === impl Unit: for the store ===

impl Unit {
    /// An empty one.
    pub fn new(now: Time) -> Self {
        Self {
            now,
            houses: BTreeMap::new(),
            stored: BTreeMap::new(),
            holds: Rows::default(),
            halls: Rows::default(),
            layouts: Rows::default(),
            titles: Rows::default(),
            events: Vec::new(),
        }
    }

    /// The same at another time.
    #[must_use]
    pub fn at(self, now: Time) -> Self {
        Self { now, ..self }
    }

    /// Takes out the events recorded since the last call, in order.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    pub(super) fn loaded_showings(
        &mut self,
        showings: Vec<Showing>,
        mut seats: BTreeMap<ShowingId, BTreeMap<SeatName, Seat>>,
    ) {
        for showing in showings {
            let (id, version) = (showing.id, showing.version);
            let seats = seats.remove(&id).unwrap_or_default();
            self.stored.insert(id, Stored { version, seats: seats.keys().cloned().collect() });
            self.houses.insert(id, House::new(showing, seats));
        }
    }

    pub(super) fn loaded_holds(&mut self, holds: Vec<Hold>) {
        for hold in holds {
            self.holds.loaded(hold.booking_id, hold);
        }
    }

    pub(super) fn loaded_halls(&mut self, halls: Vec<Hall>) {
        for hall in halls {
            self.halls.loaded(hall.id.clone(), hall);
        }
    }

    pub(super) fn loaded_layouts(&mut self, layouts: LoadedLayouts) {
        for (id, layout) in layouts {
            self.layouts.loaded(id, layout);
        }
    }

    pub(super) fn loaded_titles(&mut self, titles: Vec<(TitleId, Standing)>) {
        for (id, standing) in titles {
            self.titles.loaded(id, standing);
        }
    }

    /// What became different. A showing whose version is the same was only looked at.
    pub(super) fn changes(self) -> Changed {
        let (mut showings, mut seats) = (Changes::default(), Changes::default());
        for (id, house) in self.houses {
            let stored = self.stored.get(&id);
            let before = stored.map_or(0, |it| it.version);
            let (showing, its_seats) = house.into_parts();
            if showing.version == before {
                continue;
            }
            for (name, seat) in its_seats.into_iter().filter(|(_, it)| it.version > before) {
                let known = stored.is_some_and(|it| it.seats.contains(&name));
                seats.push(known, (id, name, seat));
            }
            showings.push(stored.is_some(), showing);
        }
        Changed {
            layouts: self.layouts.changes().new.into_iter().map(|(_, layout)| layout).collect(),
            halls: self.halls.changes(),
            titles: self.titles.changes(),
            showings,
            holds: self.holds.changes(),
            seats,
        }
    }
}
