//! One review: what becomes of it, and of its title's rating with it.

use boxoffice_kernel::{CustomerId, ReviewId, Time, TitleId};
use uuid::Uuid;

use super::{Event, Opinion, Pace, Rating, What};

/// What somebody wrote about a title.
///
/// ```text
/// (write)──▶ Pending ──was there──▶ Published ──deleted──▶ Removed
///               │ └──was not──▶ Rejected ──deleted────────────▲
///               └──deleted────────────────────────────────────┘
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Derived from its author and their `request_id`, so that a repetition meets it again.
    pub id: ReviewId,
    /// Fingerprint of the request: the same `request_id` with another one is refused.
    pub request: Uuid,
    /// Of what.
    pub title_id: TitleId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What they think; without its words once it is removed.
    pub opinion: Opinion,
    /// Where it stands.
    pub state: State,
    /// How often booking was asked again.
    pub attempts: u32,
    /// When to ask booking again; `None`: it is settled.
    pub next_attempt_at: Option<Time>,
    /// 1, and one more with every change of its state; an event's sequence.
    pub version: u64,
    /// When it was written.
    pub created_at: Time,
    /// When its state last changed.
    pub updated_at: Time,
}

/// Where a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Booking was not heard yet. It does not count (D-4).
    Pending,
    /// Everybody sees it, and it counts.
    Published,
    /// Its author was not there.
    Rejected,
    /// Its author deleted it.
    Removed,
}

// === impl Review ===

impl Review {
    /// The intent, to be saved before booking is asked.
    pub fn write(
        id: ReviewId,
        request: Uuid,
        (title_id, customer_id): (TitleId, CustomerId),
        opinion: Opinion,
        next_attempt_at: Time,
        now: Time,
    ) -> Self {
        Self {
            id,
            request,
            title_id,
            customer_id,
            opinion,
            state: State::Pending,
            attempts: 0,
            next_attempt_at: Some(next_attempt_at),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether its author has to delete it before they write another.
    pub const fn is_live(&self) -> bool {
        match self.state {
            State::Pending | State::Published => true,
            State::Rejected | State::Removed => false,
        }
    }

    /// Whether it is time to ask booking again.
    pub fn is_due(&self, now: Time) -> bool {
        self.next_attempt_at.is_some_and(|at| at <= now)
    }

    /// Somebody asks booking now; until that can be over nobody else does.
    pub fn attempt(&mut self, pace: &Pace, now: Time) {
        self.attempts = self.attempts.saturating_add(1);
        self.next_attempt_at = Some(pace.again_at(self.attempts, now));
    }

    /// Booking says whether its author was there. `None`: it was settled before.
    pub fn settle(
        &self,
        attended: bool,
        rating: Rating,
        now: Time,
    ) -> Option<(Self, Option<Event>)> {
        match (self.state, attended) {
            (State::Pending, true) => {
                let rating = rating.with(self.opinion.stars);
                Some(self.next(State::Published, now).saying(What::Published, rating))
            }
            (State::Pending, false) => Some((self.next(State::Rejected, now), None)),
            (State::Published | State::Rejected | State::Removed, _) => None,
        }
    }

    /// Its author deletes it (FR-62). `None`: they did before.
    pub fn remove(&self, rating: Rating, now: Time) -> Option<(Self, Option<Event>)> {
        let mut removed = self.next(State::Removed, now);
        removed.opinion.text = String::new();
        match self.state {
            State::Published => {
                let rating = rating.without(self.opinion.stars);
                Some(removed.saying(What::Removed, rating))
            }
            State::Pending | State::Rejected => Some((removed, None)),
            State::Removed => None,
        }
    }

    fn next(&self, state: State, now: Time) -> Self {
        // Replicas' clocks differ; a review's times never go back.
        let updated_at = now.max(self.updated_at);
        let version = self.version + 1;
        Self { state, next_attempt_at: None, version, updated_at, ..self.clone() }
    }

    fn saying(self, what: What, rating: Rating) -> (Self, Option<Event>) {
        let event = Event { what, review: self.clone(), rating };
        (self, Some(event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::UNIX_EPOCH;

    fn pending(stars: u8) -> Review {
        let opinion = Opinion { stars, text: "so".to_owned() };
        let whose = (TitleId(Uuid::nil()), CustomerId::new("alice"));
        Review::write(ReviewId(Uuid::nil()), Uuid::nil(), whose, opinion, NOW, NOW)
    }

    #[test]
    fn only_what_is_published_counts() {
        let before = Rating { stars_total: 7, count: 2, version: 3 };
        let (published, event) = pending(5).settle(true, before, NOW).unwrap();
        let rating = event.unwrap().rating;
        assert_eq!(rating, Rating { stars_total: 12, count: 3, version: 4 });
        let (removed, event) = published.remove(rating, NOW).unwrap();
        let event = event.unwrap();
        assert_eq!(event.rating, Rating { stars_total: 7, count: 2, version: 5 });
        assert_eq!((removed.version, removed.opinion.text.as_str()), (3, ""));

        let (rejected, event) = pending(5).settle(false, before, NOW).unwrap();
        assert_eq!((rejected.state, event), (State::Rejected, None));
        for quiet in [rejected, pending(1)] {
            let (removed, event) = quiet.remove(before, NOW).unwrap();
            assert_eq!((removed.state, event), (State::Removed, None));
        }
    }

    #[test]
    fn what_is_settled_stays_so() {
        let (published, _) = pending(5).settle(true, Rating::default(), NOW).unwrap();
        let (removed, _) = published.remove(Rating::default(), NOW).unwrap();
        for review in [published, removed.clone()] {
            for attended in [true, false] {
                assert_eq!(review.settle(attended, Rating::default(), NOW), None);
            }
            assert!(!review.is_due(NOW));
        }
        assert_eq!(removed.remove(Rating::default(), NOW), None);
    }

    #[test]
    fn average_is_of_the_stars_that_count() {
        assert_eq!(Rating::default().average(), 0.0);
        assert_eq!(Rating { stars_total: 9, count: 2, version: 2 }.average(), 4.5);
    }
}
