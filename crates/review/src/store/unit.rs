//! The reviews and ratings one transaction works on, and what it has to say about them.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_kernel::{CustomerId, ReviewId, Time, TitleId};

use crate::domain::{Event, Pace, Rating, Review};

/// One transaction's reviews.
#[derive(Debug)]
pub(crate) struct Unit {
    /// When it began.
    pub(crate) now: Time,
    /// How patiently booking is asked again.
    pub(crate) pace: Pace,
    ratings: BTreeMap<TitleId, Rating>,
    reviews: BTreeMap<ReviewId, Review>,
    /// Who has a live review of what.
    live: BTreeMap<(TitleId, CustomerId), ReviewId>,
    events: Vec<Event>,
    /// As loaded.
    locked_ratings: BTreeMap<TitleId, Rating>,
    locked: BTreeMap<ReviewId, Review>,
    withdrawn: BTreeSet<ReviewId>,
}

/// What has to be written. What is new is inserted, never upserted: another replica's would be
/// lost.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) new_ratings: Vec<(TitleId, Rating)>,
    pub(super) ratings: Vec<(TitleId, Rating)>,
    pub(super) withdrawn: BTreeSet<ReviewId>,
    pub(super) reviews: Vec<Review>,
    pub(super) new_reviews: Vec<Review>,
}

// === impl Unit ===

impl Unit {
    pub(super) fn new(
        ratings: BTreeMap<TitleId, Rating>,
        reviews: Vec<Review>,
        live: BTreeMap<(TitleId, CustomerId), ReviewId>,
        pace: Pace,
        now: Time,
    ) -> Self {
        let reviews: BTreeMap<_, _> = reviews.into_iter().map(|it| (it.id, it)).collect();
        Self {
            now,
            pace,
            locked_ratings: ratings.clone(),
            ratings,
            locked: reviews.clone(),
            reviews,
            live,
            events: Vec::new(),
            withdrawn: BTreeSet::new(),
        }
    }

    /// The review, if there is one.
    pub(crate) fn review(&self, id: ReviewId) -> Option<&Review> {
        self.reviews.get(&id)
    }

    /// Whether a customer has a review of a title that counts, or may yet.
    pub(crate) fn has_live(&self, title_id: TitleId, customer_id: &CustomerId) -> bool {
        self.live.contains_key(&(title_id, customer_id.clone()))
    }

    /// What the reviews of a title come to.
    pub(crate) fn rating(&self, id: TitleId) -> Rating {
        self.ratings.get(&id).copied().unwrap_or_default()
    }

    /// Keeps a review together with what its change says and what that makes of the rating.
    pub(crate) fn record(&mut self, review: Review, event: Option<Event>) -> Review {
        let place = (review.title_id, review.customer_id.clone());
        if review.is_live() {
            self.live.insert(place, review.id);
        } else if self.live.get(&place) == Some(&review.id) {
            self.live.remove(&place);
        }
        if let Some(event) = event {
            self.ratings.insert(review.title_id, event.rating);
            self.events.push(event);
        }
        self.reviews.insert(review.id, review.clone());
        review
    }

    /// Keeps nothing of a review that nobody was told of.
    pub(crate) fn withdraw(&mut self, id: ReviewId) {
        self.reviews.remove(&id);
        self.live.retain(|_, live| *live != id);
        if self.locked.remove(&id).is_some() {
            self.withdrawn.insert(id);
        }
    }

    pub(super) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Sorted by key, as new rows have to be inserted.
    pub(super) fn into_changes(self) -> Changes {
        let mut changes = Changes { withdrawn: self.withdrawn, ..Changes::default() };
        for (id, rating) in self.ratings {
            match self.locked_ratings.get(&id) {
                None => changes.new_ratings.push((id, rating)),
                Some(before) if *before != rating => changes.ratings.push((id, rating)),
                Some(_) => {}
            }
        }
        for (id, review) in self.reviews {
            match self.locked.get(&id) {
                None => changes.new_reviews.push(review),
                Some(before) if *before != review => changes.reviews.push(review),
                Some(_) => {}
            }
        }
        changes
    }
}
