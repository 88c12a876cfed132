//! When it is on: the same for the same day, whenever it is asked.

use std::time::Duration;

use boxoffice_kernel::Time;
use chrono::{Datelike, Days, FixedOffset, NaiveDate, TimeDelta, Weekday};

use super::halls::{
    CELLAR, CINEMA, CINEMA_NAME, GRADES, PREMIUM, RIVERSIDE, STANDARD, THEATRE, THEATRE_NAME,
};
use super::programme::{self as on, Kind, Title};

/// A showing of the demo.
#[derive(Clone, Debug)]
pub(super) struct Showing {
    pub(super) title: Title,
    pub(super) venue: &'static str,
    pub(super) start: Time,
    pub(super) end: Time,
    pub(super) admission: Admission,
}

/// How people sit, and for how much, in won.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// On named seats of a hall.
    Seats { hall: &'static str, prices: Vec<(&'static str, i64)> },
    /// Wherever there is room.
    General { capacity: i32, price: i64 },
}

/// How many days the programme reaches ahead, today among them.
const DAYS: u64 = 14;

/// Of Seoul, where the demo's theatres stand.
const HOURS_EAST: i32 = 9;

/// What begins sooner is no longer offered.
const LEAD: TimeDelta = TimeDelta::minutes(10);

/// With a price for each of [`GRADES`].
const THEATRE_SHOWS: [(Title, [i64; 4]); 4] = [
    (on::HAMLET, [120_000, 100_000, 80_000, 60_000]),
    (on::CARMEN, [150_000, 120_000, 90_000, 60_000]),
    (on::CHUNHYANG, [110_000, 90_000, 75_000, 60_000]),
    (on::MAGIC_FLUTE, [150_000, 120_000, 90_000, 60_000]),
];
const CELLAR_SHOWS: [(Title, i64); 2] = [(on::LANTERN, 70_000), (on::WOYZECK, 60_000)];
const CINEMA_FILMS: [Title; 7] = [
    on::NOSFERATU,
    on::GENERAL,
    on::METROPOLIS,
    on::SAFETY_LAST,
    on::CALIGARI,
    on::MOON,
    on::PHANTOM,
];
const RIVERSIDE_FILMS: [Title; 3] = [on::GENERAL, on::MOON, on::NOSFERATU];

/// Everything from `now` on that has not begun, for two weeks from today.
pub(super) fn from(now: Time) -> Vec<Showing> {
    let today = now.with_timezone(&seoul()).date_naive();
    let days = (0..DAYS).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
    days.flat_map(day).filter(|showing| showing.start > now + LEAD).collect()
}

/// Everything of one day, begun or not.
fn day(date: NaiveDate) -> Vec<Showing> {
    [theatre(date), cellar(date), cinema(date), riverside(date)].concat()
}

/// Rests on Monday, and plays twice on Wednesday and at the weekend.
fn theatre(date: NaiveDate) -> Vec<Showing> {
    let starts: &[(u32, u32)] = match date.weekday() {
        Weekday::Mon => &[],
        Weekday::Wed | Weekday::Sat | Weekday::Sun => &[(14, 0), (19, 30)],
        Weekday::Tue | Weekday::Thu | Weekday::Fri => &[(19, 30)],
    };
    let at = starts.iter().zip(turn(date)..);
    let shows = at.map(|(time, turn)| (time, THEATRE_SHOWS[turn % THEATRE_SHOWS.len()]));
    let showings = shows.filter_map(|(time, (title, prices))| {
        let prices = GRADES.into_iter().zip(prices).collect();
        showing(title, THEATRE_NAME, date, *time, Admission::Seats { hall: THEATRE, prices })
    });
    showings.collect()
}

fn cellar(date: NaiveDate) -> Vec<Showing> {
    let starts: &[(u32, u32)] = match date.weekday() {
        Weekday::Sat | Weekday::Sun => &[(16, 0), (20, 0)],
        Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => &[(20, 0)],
    };
    let at = starts.iter().zip(turn(date)..);
    let shows = at.map(|(time, turn)| (time, CELLAR_SHOWS[turn % CELLAR_SHOWS.len()]));
    let showings = shows.filter_map(|(time, (title, price))| {
        showing(title, CELLAR, date, *time, Admission::General { capacity: 120, price })
    });
    showings.collect()
}

/// Five films a day; before noon they cost less.
fn cinema(date: NaiveDate) -> Vec<Showing> {
    let starts = [(10, 30), (13, 30), (16, 30), (19, 40), (22, 40)];
    let showings = starts.into_iter().zip(3 * turn(date)..).filter_map(|(time, turn)| {
        let film = CINEMA_FILMS[turn % CINEMA_FILMS.len()];
        let price = if time.0 < 12 { 12_000 } else { 13_500 };
        let prices = vec![(STANDARD, price), (PREMIUM, price + 1_500)];
        showing(film, CINEMA_NAME, date, time, Admission::Seats { hall: CINEMA, prices })
    });
    showings.collect()
}

fn riverside(date: NaiveDate) -> Vec<Showing> {
    let film = RIVERSIDE_FILMS[turn(date) % RIVERSIDE_FILMS.len()];
    let admission = Admission::General { capacity: 400, price: 12_000 };
    showing(film, RIVERSIDE, date, (21, 0), admission).into_iter().collect()
}

/// One more every day, so that what is on changes from day to day.
fn turn(date: NaiveDate) -> usize {
    date.num_days_from_ce().unsigned_abs() as usize
}

fn showing(
    title: Title,
    venue: &'static str,
    date: NaiveDate,
    (hour, minute): (u32, u32),
    admission: Admission,
) -> Option<Showing> {
    let start = date.and_hms_opt(hour, minute, 0)?.and_local_timezone(seoul()).single()?.to_utc();
    // An interval and applause; or announcements.
    let more = match title.kind {
        Kind::Stage => 30,
        Kind::Film { .. } => 10,
    };
    let end = start + title.running_time() + Duration::from_secs(more * 60);
    Some(Showing { title, venue, start, end, admission })
}

fn seoul() -> FixedOffset {
    FixedOffset::east_opt(HOURS_EAST * 3600).expect("nine hours are less than a day")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn noon() -> Time {
        "2026-11-21T12:00:00+09:00".parse().unwrap()
    }

    fn key(showing: &Showing) -> (&'static str, &'static str, Time) {
        (showing.venue, showing.title.name, showing.start)
    }

    #[test]
    fn every_day_of_two_weeks_has_several_showings() {
        let showings = from(noon());
        let days: Vec<_> = (0..DAYS).map(|day| noon().date_naive() + Days::new(day)).collect();
        for day in days {
            let on =
                showings.iter().filter(|it| it.start.with_timezone(&seoul()).date_naive() == day);
            assert!(on.count() >= 5, "{day}");
        }
        assert!(showings.iter().all(|it| it.start > noon()));
    }

    #[test]
    fn later_the_same_day_nothing_is_new_and_the_next_day_a_day_is() {
        let keys = |now| -> BTreeSet<_> { from(now).iter().map(key).collect() };
        let (first, evening) = (keys(noon()), keys(noon() + TimeDelta::hours(8)));
        assert!(evening.is_subset(&first) && evening.len() < first.len());
        let tomorrow = keys(noon() + TimeDelta::days(1));
        let new: BTreeSet<_> =
            tomorrow.difference(&first).map(|(_, _, start)| start.date_naive()).collect();
        assert!(!new.is_empty());
        assert!(new.iter().all(|day| *day >= noon().date_naive() + Days::new(DAYS - 1)));
    }

    #[test]
    fn nothing_begins_before_the_last_one_is_over() {
        let mut showings = from(noon());
        showings.sort_by_key(|it| (it.venue, it.start));
        for pair in showings.windows(2) {
            let same_place = pair[0].venue == pair[1].venue;
            assert!(!same_place || pair[0].end < pair[1].start, "{pair:?}");
        }
    }

    #[test]
    fn everything_that_is_on_can_be_seen() {
        let shown: BTreeSet<_> = from(noon()).iter().map(|it| it.title.name).collect();
        assert_eq!(shown, on::ALL.iter().map(|title| title.name).collect());
    }

    #[test]
    fn prices_are_believable() {
        for showing in from(noon()) {
            let prices = match &showing.admission {
                Admission::Seats { prices, .. } => prices.iter().map(|(_, price)| *price).collect(),
                Admission::General { price, .. } => vec![*price],
            };
            let range = match showing.title.kind {
                Kind::Film { .. } => 12_000..=15_000,
                Kind::Stage => 60_000..=150_000,
            };
            assert!(prices.iter().all(|price| range.contains(price)), "{showing:?}");
        }
    }
}
