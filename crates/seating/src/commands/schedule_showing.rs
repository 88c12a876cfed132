//! Puts a showing on sale (FR-03, FR-05, FR-07).

use std::sync::Arc;

use boxoffice_kernel::{Money, ShowingId, TitleId};
use uuid::Uuid;

use super::{Answer, Touched};
use crate::Error;
use crate::domain::{
    Admission, Flaw, HallId, Layout, Prices, Refusal, Showing, ShowingState, Slot, Standing,
};
use crate::store::Unit;

/// Put a showing on sale.
#[derive(Clone, Debug)]
pub struct ScheduleShowing {
    /// Derived from who asks and their request id, so that a repetition meets the first one.
    pub showing_id: ShowingId,
    /// Of the whole request: the same id must come with the same one.
    pub fingerprint: Uuid,
    /// What is shown.
    pub title_id: TitleId,
    /// Where; empty: the hall's name.
    pub venue: String,
    /// When.
    pub slot: Slot,
    /// How people sit.
    pub seating: Seating,
}

/// How people are to sit.
#[derive(Clone, Debug)]
pub enum Seating {
    /// Anywhere.
    General {
        /// How many of them.
        capacity: u32,
        /// What one pays.
        price: Money,
    },
    /// In a hall that was saved before.
    Hall {
        /// Which.
        hall_id: HallId,
        /// What they pay.
        prices: Arc<Prices>,
    },
    /// In an arrangement of its own.
    Rows {
        /// Which.
        layout: Arc<Layout>,
        /// What they pay.
        prices: Arc<Prices>,
    },
}

// === impl ScheduleShowing ===

impl ScheduleShowing {
    pub(super) fn touches(&self, rows: &mut Touched) {
        rows.showings.insert(self.showing_id);
        rows.titles.insert(self.title_id);
        match &self.seating {
            Seating::General { .. } => {}
            Seating::Hall { hall_id, .. } => _ = rows.halls.insert(hall_id.clone()),
            Seating::Rows { layout, .. } => _ = rows.layouts.insert(layout.id()),
        }
    }

    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Answer, Error> {
        if let Some(earlier) = unit.showing(self.showing_id) {
            if earlier.fingerprint != self.fingerprint {
                return Err(Refusal::RequestIdReused.into());
            }
            return Ok(Answer::Showing(Box::new(earlier.clone())));
        }
        self.slot.not_past(unit.now())?;
        let title = unit.title(self.title_id);
        if let Some(Standing::Withdrawing | Standing::Withdrawn) = title {
            return Err(Refusal::TitleRemoved(self.title_id).into());
        }
        let showing = self.showing(unit)?;
        if title.is_none() {
            // Its row is what this and the title's removal wait for each other at.
            unit.put_title(self.title_id, Standing::Current);
        }
        if let Some(layout) = showing.admission.layout() {
            unit.keep_layout(Arc::clone(layout));
        }
        unit.open_house(showing.clone());
        Ok(Answer::Showing(Box::new(showing)))
    }

    fn showing(&self, unit: &Unit) -> Result<Showing, Error> {
        let mut venue = self.venue.clone();
        let admission = match &self.seating {
            Seating::General { capacity, price } => Admission::general(*capacity, *price)?,
            Seating::Hall { hall_id, prices } => {
                let hall = unit.hall(hall_id)?;
                if venue.is_empty() {
                    venue.clone_from(&hall.name);
                }
                Admission::seat_map(Arc::clone(&hall.layout), Arc::clone(prices))?
            }
            Seating::Rows { layout, prices } => {
                Admission::seat_map(Arc::clone(layout), Arc::clone(prices))?
            }
        };
        if venue.is_empty() {
            return Err(Flaw::VenueMissing.into());
        }
        Ok(Showing {
            id: self.showing_id,
            title_id: self.title_id,
            venue,
            slot: self.slot,
            state: ShowingState::Scheduled,
            admission,
            held: 0,
            sold: 0,
            version: 1,
            fingerprint: self.fingerprint,
            created_at: unit.now(),
        })
    }
}
