//! The bookings one transaction works on, and what it has to say about them.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_eventing::Message;
use boxoffice_kernel::{BookingId, Time};
use uuid::Uuid;

use crate::Error;
use crate::commands::FanOut;
use crate::domain::{Booking, Event, Terms};
use crate::events;

/// One transaction's bookings.
#[derive(Debug)]
pub struct Unit {
    /// When the transaction began.
    pub now: Time,
    /// What decisions go by.
    pub terms: Terms,
    bookings: BTreeMap<BookingId, Booking>,
    locked: BTreeSet<BookingId>,
    changed: BTreeSet<BookingId>,
    jobs: Vec<JobChange>,
    messages: Vec<Message>,
}

/// What has to be written. New rows are inserted, never upserted: another replica's would be lost.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) new: Vec<Booking>,
    pub(super) known: Vec<Booking>,
    pub(super) jobs: Vec<JobChange>,
}

#[derive(Debug)]
pub(super) enum JobChange {
    Start(FanOut),
    Advance(Uuid, BookingId),
    Done(Uuid),
}

// === impl Unit ===

impl Unit {
    pub(super) fn new(loaded: Vec<Booking>, terms: Terms, now: Time) -> Self {
        let locked = loaded.iter().map(|booking| booking.id).collect();
        let bookings = loaded.into_iter().map(|booking| (booking.id, booking)).collect();
        let (changed, jobs, messages) = (BTreeSet::new(), Vec::new(), Vec::new());
        Self { now, terms, bookings, locked, changed, jobs, messages }
    }

    /// The booking, if it exists.
    pub fn find(&self, id: BookingId) -> Option<&Booking> {
        self.bookings.get(&id)
    }

    /// As [`Unit::find`], for a booking that must exist.
    pub fn get(&self, id: BookingId) -> Result<&Booking, Error> {
        self.find(id).ok_or(Error::NotFound(id))
    }

    /// Keeps a changed booking together with what it says: never one without the other.
    pub fn put(&mut self, booking: Booking, events: impl IntoIterator<Item = Event>) -> Booking {
        let said = events.into_iter().map(|event| events::encode(&booking, &event));
        self.messages.extend(said);
        self.changed.insert(booking.id);
        self.bookings.insert(booking.id, booking.clone());
        booking
    }

    /// Keeps a job for all bookings of a showing.
    pub fn start_job(&mut self, job: FanOut) {
        self.jobs.push(JobChange::Start(job));
    }

    /// Notes how far a job has come; `None`: it is done.
    pub fn advance_job(&mut self, id: Uuid, cursor: Option<BookingId>) {
        self.jobs.push(cursor.map_or(JobChange::Done(id), |to| JobChange::Advance(id, to)));
    }

    pub(super) fn take_messages(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.messages)
    }

    pub(super) fn into_changes(mut self) -> Changes {
        let changed = self.changed.iter().filter_map(|id| self.bookings.remove(id));
        let (known, new) = changed.partition(|booking| self.locked.contains(&booking.id));
        Changes { new, known, jobs: self.jobs }
    }
}
