//! The bounded contexts. One name each: crate, database, stream, Service, service account.

use std::fmt;

/// A bounded context: its name, and nothing else. Those below are the names that contexts have for each other; a context
/// that nobody here has heard of is `Context::named("loyalty")`. Who is there is known to the binary alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context(&'static str);

/// Letters of a name, at most: as many as the tables have room for.
const LONGEST: usize = 32;

// === impl Context ===

impl Context {
    /// Titles: what can be shown or watched.
    pub const CATALOG: Self = Self::named("catalog");
    /// Showings and their seats.
    pub const SEATING: Self = Self::named("seating");
    /// Bookings and the purchase.
    pub const BOOKING: Self = Self::named("booking");
    /// Payments and the payment provider.
    pub const PAYMENT: Self = Self::named("payment");
    /// How tickets reach the customer, and the door.
    pub const DELIVERY: Self = Self::named("delivery");
    /// The right to watch a title at home.
    pub const STREAMING: Self = Self::named("streaming");
    /// Stars and text by those who were there.
    pub const REVIEW: Self = Self::named("review");
    /// What customers are told.
    pub const NOTIFICATION: Self = Self::named("notification");
    /// What became of each booking: the read model of customers and customer care.
    pub const MYPAGE: Self = Self::named("mypage");

    /// The context of this name: 1 to 32 small letters, for it stands in subjects, databases and host names.
    ///
    /// # Panics
    /// It is no such name. A constant that is none does not compile.
    pub const fn named(name: &'static str) -> Self {
        let letters = name.as_bytes();
        assert!(!letters.is_empty() && letters.len() <= LONGEST, "a context has 1 to 32 letters");
        let mut at = 0;
        while at < letters.len() {
            assert!(letters[at].is_ascii_lowercase(), "a context is named in small letters");
            at += 1;
        }
        Self(name)
    }

    /// Its name, as in its crate, database, Service and durable consumers: `booking`.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Its event stream: `BOOKING`.
    pub fn stream(self) -> String {
        self.0.to_ascii_uppercase()
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_says_all() {
        let loyalty = Context::named("loyalty");
        assert_eq!((loyalty.as_str(), loyalty.stream().as_str()), ("loyalty", "LOYALTY"));
        assert_eq!(loyalty, Context::named(Box::leak("loyalty".to_owned().into_boxed_str())));
        assert_ne!(loyalty, Context::BOOKING);
    }

    #[test]
    #[should_panic(expected = "small letters")]
    fn what_cannot_stand_in_a_subject_is_no_name() {
        let _ = Context::named("loyalty.points");
    }
}
