//! What an admin says about a title, and the rules for it, all in [`Details::checked`].

use std::time::Duration;

use boxoffice_kernel::Money;
use chrono::NaiveDate;
use url::Url;

use super::{Kind, Refusal};

/// What can be read on the poster and beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// One line, 1–200 characters, without spaces around it.
    pub name: String,
    /// At most 10,000 characters; may be empty.
    pub synopsis: String,
    /// Whole seconds, 1 s to 24 h.
    pub running_time: Duration,
    /// First day of the run.
    pub run_start: Option<NaiveDate>,
    /// Last day of the run, not before the first.
    pub run_end: Option<NaiveDate>,
    /// Where the poster lies: http or https, at most 2,000 characters.
    pub poster_uri: Option<String>,
    /// What watching it at home costs (FR-16); films only. `None`: it cannot be watched at home.
    pub home_price: Option<Money>,
}

/// Which details change, and to what. The inner `None` takes away what a title need not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Said again, never changed.
    pub kind: Option<Kind>,
    /// See [`Details::name`].
    pub name: Option<String>,
    /// See [`Details::synopsis`].
    pub synopsis: Option<String>,
    /// See [`Details::running_time`].
    pub running_time: Option<Duration>,
    /// See [`Details::run_start`].
    pub run_start: Option<Option<NaiveDate>>,
    /// See [`Details::run_end`].
    pub run_end: Option<Option<NaiveDate>>,
    /// See [`Details::poster_uri`].
    pub poster_uri: Option<Option<String>>,
    /// See [`Details::home_price`].
    pub home_price: Option<Option<Money>>,
}

// === impl Details ===

impl Details {
    const NAME_CHARS: usize = 200;
    const SYNOPSIS_CHARS: usize = 10_000;
    const POSTER_CHARS: usize = 2_000;
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// Holds every rule about what may be said of a title of this kind.
    pub(super) fn checked(mut self, kind: Kind) -> Result<Self, Refusal> {
        self.name = self.name.trim().to_owned();
        check_name(&self.name)?;
        check_synopsis(&self.synopsis)?;
        check_running_time(self.running_time)?;
        if let (Some(start), Some(end)) = (self.run_start, self.run_end)
            && end < start
        {
            return Err(Refusal::RunEndsBeforeStart);
        }
        if let Some(uri) = &self.poster_uri {
            check_poster(uri)?;
        }
        match (kind, self.home_price) {
            (Kind::Musical, Some(_)) => Err(Refusal::NotForHome),
            (Kind::Film, _) | (Kind::Musical, None) => Ok(self),
        }
    }

    /// The same with `changes` made, not yet checked.
    pub(super) fn with(&self, changes: Changes) -> Self {
        let Changes { kind: _, name, synopsis, running_time, run_start, run_end, .. } = changes;
        let earlier = self.clone();
        Self {
            name: name.unwrap_or(earlier.name),
            synopsis: synopsis.unwrap_or(earlier.synopsis),
            running_time: running_time.unwrap_or(earlier.running_time),
            run_start: run_start.unwrap_or(earlier.run_start),
            run_end: run_end.unwrap_or(earlier.run_end),
            poster_uri: changes.poster_uri.unwrap_or(earlier.poster_uri),
            home_price: changes.home_price.unwrap_or(earlier.home_price),
        }
    }
}

// === the rules ===

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(Refusal::NameMissing);
    }
    if name.chars().count() > Details::NAME_CHARS {
        return Err(Refusal::NameTooLong);
    }
    if name.contains(char::is_control) {
        return Err(Refusal::NameUnprintable);
    }
    Ok(())
}

fn check_synopsis(synopsis: &str) -> Result<(), Refusal> {
    if synopsis.chars().count() > Details::SYNOPSIS_CHARS {
        return Err(Refusal::SynopsisTooLong);
    }
    if synopsis.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Refusal::SynopsisUnprintable);
    }
    Ok(())
}

fn check_running_time(time: Duration) -> Result<(), Refusal> {
    let whole = time.subsec_nanos() == 0;
    if !whole || time.is_zero() || time > Details::LONGEST {
        return Err(Refusal::RunningTime);
    }
    Ok(())
}

fn check_poster(uri: &str) -> Result<(), Refusal> {
    let short = uri.chars().count() <= Details::POSTER_CHARS;
    // The parser forgives these at the ends and takes them out of the middle; we keep what was said.
    let plain = !uri.contains(|c: char| c.is_control() || c.is_whitespace());
    let web = Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if short && plain && web { Ok(()) } else { Err(Refusal::Poster) }
}

#[cfg(test)]
mod tests {
    use boxoffice_kernel::Currency;

    use super::*;

    fn nosferatu() -> Details {
        Details {
            name: "Nosferatu".to_owned(),
            synopsis: "A symphony of horror.\nIn five acts.".to_owned(),
            running_time: Duration::from_secs(94 * 60),
            run_start: None,
            run_end: None,
            poster_uri: None,
            home_price: None,
        }
    }

    fn refused(kind: Kind, change: impl FnOnce(&mut Details)) -> Option<Refusal> {
        let mut details = nosferatu();
        change(&mut details);
        details.checked(kind).err()
    }

    #[test]
    fn sound_details_pass_unchanged() {
        assert_eq!(nosferatu().checked(Kind::Film), Ok(nosferatu()));
    }

    #[test]
    fn name_is_trimmed_and_must_be_one_printable_line() {
        let spaced = Details { name: "  Nosferatu\t".to_owned(), ..nosferatu() };
        assert_eq!(spaced.checked(Kind::Film).unwrap().name, "Nosferatu");

        let cases = [
            (String::new(), Some(Refusal::NameMissing)),
            (" \u{3000} ".to_owned(), Some(Refusal::NameMissing)),
            ("노".repeat(200), None),
            ("노".repeat(201), Some(Refusal::NameTooLong)),
            ("Nosfer\0atu".to_owned(), Some(Refusal::NameUnprintable)),
            ("Nosfer\natu".to_owned(), Some(Refusal::NameUnprintable)),
        ];
        for (name, expected) in cases {
            assert_eq!(refused(Kind::Film, |it| it.name = name.clone()), expected, "{name:?}");
        }
    }

    #[test]
    fn synopsis_has_lines_but_no_other_control_characters() {
        let cases = [
            (String::new(), None),
            ("a\r\nb\tc".to_owned(), None),
            ("a\0b".to_owned(), Some(Refusal::SynopsisUnprintable)),
            ("é".repeat(10_000), None),
            ("é".repeat(10_001), Some(Refusal::SynopsisTooLong)),
        ];
        for (synopsis, expected) in cases {
            assert_eq!(refused(Kind::Film, |it| it.synopsis = synopsis), expected);
        }
    }

    #[test]
    fn running_time_is_whole_seconds_up_to_a_day() {
        let day = Duration::from_secs(86_400);
        let second = Duration::from_secs(1);
        for time in [second, day] {
            assert_eq!(refused(Kind::Film, |it| it.running_time = time), None, "{time:?}");
        }
        let bad = [Duration::ZERO, Duration::from_millis(1_500), day + second];
        for time in bad {
            let refusal = refused(Kind::Film, |it| it.running_time = time);
            assert_eq!(refusal, Some(Refusal::RunningTime), "{time:?}");
        }
    }

    #[test]
    fn run_may_last_a_day_but_not_less() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 12, day);
        let run =
            |start, end| refused(Kind::Film, move |it| (it.run_start, it.run_end) = (start, end));
        assert_eq!(run(day(1), day(1)), None);
        assert_eq!(run(day(2), None), None);
        assert_eq!(run(None, day(1)), None);
        assert_eq!(run(day(2), day(1)), Some(Refusal::RunEndsBeforeStart));
    }

    #[test]
    fn poster_lies_on_the_web() {
        let good = ["http://example.org/p.jpg", "https://example.org/%EB%85%B8?x=1#y"];
        for uri in good {
            assert_eq!(refused(Kind::Film, |it| it.poster_uri = Some(uri.to_owned())), None);
        }
        let long = format!("https://example.org/{}", "p".repeat(2_000));
        let bad = [
            "",
            "poster.jpg",
            "//example.org/p.jpg",
            "https://",
            "javascript:alert(1)",
            "ftp://example.org/p.jpg",
            " https://example.org",
            "https://example.org/a\nb",
            "https://example.org/a\0b",
            &long,
        ];
        for uri in bad {
            let refusal = refused(Kind::Film, |it| it.poster_uri = Some(uri.to_owned()));
            assert_eq!(refusal, Some(Refusal::Poster), "{uri:?}");
        }
    }

    #[test]
    fn only_a_film_is_watched_at_home() {
        let price = Money::from_minor(5_000, Currency::Krw).ok();
        assert_eq!(refused(Kind::Film, |it| it.home_price = price), None);
        assert_eq!(refused(Kind::Musical, |it| it.home_price = price), Some(Refusal::NotForHome));
    }
}
