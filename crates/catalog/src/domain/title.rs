//! A title of the programme.

use boxoffice_kernel::{Time, TitleId};
use uuid::Uuid;

use super::{Changes, Details, Event, Refusal};

/// A film or a stage show.
///
/// ```text
/// (register)──▶ Listed ──remove──▶ Removed
///                └─update─┘
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Title {
    /// Derived from the registering request, so that a repetition meets it again.
    pub id: TitleId,
    /// Fingerprint of the registering request: the same `request_id` with another one is refused.
    pub request: Uuid,
    /// Never changes.
    pub kind: Kind,
    /// Always sound: see [`Details::checked`].
    pub details: Details,
    /// What reviewers think.
    pub rating: Rating,
    /// On the programme, or off it.
    pub state: State,
    /// 1, and one more with every event; the event's sequence.
    pub version: u64,
    /// When it was registered.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

/// What a title is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Shown in a theatre, or watched at home.
    Film,
    /// A musical or another stage show.
    Musical,
}

/// Whether a title is on the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    Listed,
    /// It was. Kept, because bookings of the past name it.
    Removed,
}

/// A summary of reviews, as review said it last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rating {
    /// Sum of the stars of all reviews that count.
    pub stars_total: u64,
    /// How many reviews count.
    pub count: u64,
    /// One more with every change; 0: never rated.
    pub version: u64,
}

// === impl Title ===

impl Title {
    /// Puts a new title on the programme (FR-01, FR-05, FR-06).
    pub fn register(
        id: TitleId,
        request: Uuid,
        kind: Kind,
        details: Details,
        now: Time,
    ) -> Result<Event, Refusal> {
        Ok(Event::Registered(Self {
            id,
            request,
            kind,
            details: details.checked(kind)?,
            rating: Rating::default(),
            state: State::Listed,
            version: 1,
            created_at: now,
            updated_at: now,
        }))
    }

    /// Changes some details (FR-06). `None`: all of it is so already.
    pub fn update(&self, changes: Changes, now: Time) -> Result<Option<Event>, Refusal> {
        match self.state {
            State::Removed => return Err(Refusal::Removed),
            State::Listed => {}
        }
        if changes.kind.is_some_and(|kind| kind != self.kind) {
            return Err(Refusal::KindIsFixed);
        }
        let details = self.details.with(changes).checked(self.kind)?;
        if details == self.details {
            return Ok(None);
        }
        Ok(Some(Event::Updated(Self { details, ..self.next(now) })))
    }

    /// Takes it off the programme (FR-02, D-9). `None`: it is off already.
    pub fn remove(&self, now: Time) -> Option<Event> {
        match self.state {
            State::Removed => None,
            State::Listed => Some(Event::Removed(Self { state: State::Removed, ..self.next(now) })),
        }
    }

    /// Review says what its reviews come to (FR-01, FR-62). That changes nothing an admin said, so it
    /// is no event and no new version. `None`: something newer is known.
    pub fn rate(&self, rating: Rating) -> Option<Self> {
        (rating.version > self.rating.version).then(|| Self { rating, ..self.clone() })
    }

    fn next(&self, now: Time) -> Self {
        // Replicas' clocks differ; a title's times never go back.
        let updated_at = now.max(self.updated_at);
        Self { version: self.version + 1, updated_at, ..self.clone() }
    }
}

// === impl Rating ===

impl Rating {
    /// 1.0–5.0; 0 while nobody has reviewed it.
    pub fn average(self) -> f64 {
        if self.count == 0 { 0.0 } else { self.stars_total as f64 / self.count as f64 }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, NaiveDate, TimeDelta};

    use super::*;

    const THEN: Time = DateTime::UNIX_EPOCH;

    fn now() -> Time {
        THEN + TimeDelta::days(20_000)
    }

    fn details(name: &str) -> Details {
        Details {
            name: name.to_owned(),
            synopsis: String::new(),
            running_time: Duration::from_secs(3 * 60 * 60),
            run_start: None,
            run_end: None,
            poster_uri: None,
            home_price: None,
        }
    }

    fn hamlet() -> Title {
        let id = TitleId(Uuid::from_u128(1));
        let event = Title::register(id, Uuid::nil(), Kind::Musical, details("Hamlet"), THEN);
        let Ok(Event::Registered(title)) = event else { panic!("{event:?}") };
        title
    }

    fn rename(name: &str) -> Changes {
        Changes { name: Some(name.to_owned()), ..Changes::default() }
    }

    #[test]
    fn registered_title_is_listed_and_not_rated() {
        let title = hamlet();
        assert_eq!((title.state, title.version), (State::Listed, 1));
        assert_eq!((title.rating, title.rating.average()), (Rating::default(), 0.0));
        assert_eq!((title.created_at, title.updated_at), (THEN, THEN));
    }

    #[test]
    fn unsound_title_is_not_registered() {
        let event =
            Title::register(TitleId(Uuid::nil()), Uuid::nil(), Kind::Film, details(" "), THEN);
        assert_eq!(event, Err(Refusal::NameMissing));
    }

    #[test]
    fn update_changes_what_it_names_and_nothing_else() {
        let before = hamlet();
        let event = before.update(rename(" Hamlet II "), now()).unwrap().unwrap();
        let expected = Title {
            details: details("Hamlet II"),
            version: 2,
            updated_at: now(),
            ..before.clone()
        };
        assert_eq!(event, Event::Updated(expected));
    }

    #[test]
    fn update_that_changes_nothing_is_no_event() {
        assert_eq!(hamlet().update(rename("Hamlet"), now()), Ok(None));
        assert_eq!(hamlet().update(Changes::default(), now()), Ok(None));
    }

    #[test]
    fn update_is_held_to_the_rules_of_registering() {
        assert_eq!(hamlet().update(rename(""), now()), Err(Refusal::NameMissing));

        let day = |day| NaiveDate::from_ymd_opt(2026, 12, day);
        let run = Changes { run_end: Some(day(24)), ..Changes::default() };
        let event = hamlet().update(run, now()).unwrap().unwrap();
        let late = Changes { run_start: Some(day(25)), ..Changes::default() };
        assert_eq!(event.title().update(late, now()), Err(Refusal::RunEndsBeforeStart));
    }

    #[test]
    fn kind_may_be_repeated_but_not_changed() {
        let say = |kind| Changes { kind: Some(kind), ..rename("Hamlet II") };
        assert!(hamlet().update(say(Kind::Musical), now()).is_ok());
        assert_eq!(hamlet().update(say(Kind::Film), now()), Err(Refusal::KindIsFixed));
    }

    #[test]
    fn removed_title_stays_as_it_was() {
        let event = hamlet().remove(now()).unwrap();
        let removed = event.title();
        assert_eq!((removed.state, removed.version), (State::Removed, 2));
        assert_eq!(removed.remove(now()), None);
        assert_eq!(removed.update(rename("Hamlet II"), now()), Err(Refusal::Removed));
        assert_eq!(removed.update(Changes::default(), now()), Err(Refusal::Removed));
    }

    #[test]
    fn rating_is_replaced_by_a_newer_one_only() {
        let rating = |version| Rating { stars_total: 9, count: 2, version };
        let rated = hamlet().rate(rating(2)).unwrap();
        assert_eq!((rated.rating.average(), rated.version), (4.5, 1));
        assert_eq!(rated.rate(rating(2)), None);
        assert_eq!(rated.rate(rating(1)), None);
        assert_eq!(rated.rate(rating(3)).unwrap().rating, rating(3));
    }

    #[test]
    fn clock_that_lags_behind_does_not_turn_time_back() {
        let event = hamlet().update(rename("Hamlet II"), now()).unwrap().unwrap();
        let event = event.title().remove(now() - TimeDelta::seconds(1)).unwrap();
        assert_eq!(event.title().updated_at, now());
    }
}
