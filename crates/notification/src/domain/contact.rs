//! Whom a notice goes to. Asked of booking when a notice goes out, and never kept.

use std::fmt;

/// How to reach the customer of a booking, as booking says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Where mail goes; `None`: they gave no address.
    pub email: Option<EmailAddress>,
    /// The language they read.
    pub language: Language,
}

/// An e-mail address as the customer typed it; whether it is one, the mailer finds out. Never
/// logged: its `Debug` is masked.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

/// A language that there are texts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, for everybody who reads none of the others.
    #[default]
    English,
    /// Korean.
    Korean,
}

// === impl EmailAddress ===

impl EmailAddress {
    /// `None`: nothing but white space.
    pub fn new(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        (!typed.is_empty()).then(|| Self(typed.to_owned()))
    }

    /// For the mailer, nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(***)")
    }
}

// === impl Language ===

impl Language {
    /// Of a BCP 47 tag such as `ko-KR`: its language subtag decides.
    pub fn of(tag: &str) -> Self {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        if language.trim().eq_ignore_ascii_case("ko") { Self::Korean } else { Self::English }
    }

    /// Its BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_subtag_decides() {
        for tag in ["ko", "KO", "ko-KR", "ko_KR", "ko-Kore-KR"] {
            assert_eq!(Language::of(tag), Language::Korean, "{tag}");
        }
        for tag in ["", "en", "en-GB", "de", "kok", "x-ko", "한국어", "k"] {
            assert_eq!(Language::of(tag), Language::English, "{tag}");
        }
    }

    #[test]
    fn an_address_is_never_printed() {
        let address = EmailAddress::new(" bob@example.org ").unwrap();
        assert_eq!(format!("{address:?} {address:#?}"), "EmailAddress(***) EmailAddress(***)");
        assert_eq!(address.expose(), "bob@example.org");
        assert_eq!(EmailAddress::new(" "), None);
    }
}
