//! Amounts of money, exact, in the currency's smallest unit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An amount in one currency, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// An ISO 4217 currency the box office sells in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Currency {
    /// South Korean won; no smaller unit.
    Krw,
    /// Euro; cents.
    Eur,
    /// US dollar; cents.
    Usd,
    /// Pound sterling; pence.
    Gbp,
    /// Japanese yen; no smaller unit.
    Jpy,
}

/// Why an amount is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// The currency is not sold in.
    #[error("`{0}` is not a currency sold in; expected one of KRW, EUR, USD, GBP, JPY")]
    Currency(String),
    /// Prices are not negative.
    #[error("an amount cannot be negative")]
    Negative,
    /// It has parts smaller than the currency has.
    #[error("{currency} has no part that small")]
    TooFine {
        /// Of the amount.
        currency: Currency,
    },
    /// It does not fit, or is beyond all reason.
    #[error("the amount is too large")]
    TooLarge,
    /// Sums are of one currency.
    #[error("amounts of {0} and {1} do not add up")]
    Mixed(Currency, Currency),
}

// === impl Money ===

impl Money {
    /// One billion major units: nothing sold here costs more.
    const MAX_MAJOR: i64 = 1_000_000_000;

    /// `minor` of the currency's smallest unit: 1,250 EUR-minor is 12.50 EUR.
    pub const fn from_minor(minor: i64, currency: Currency) -> Result<Self, Unsound> {
        if minor < 0 {
            return Err(Unsound::Negative);
        }
        if minor / currency.minor_per_major() > Self::MAX_MAJOR {
            return Err(Unsound::TooLarge);
        }
        Ok(Self { minor, currency })
    }

    /// Nothing.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// From whole units and nanos, as `google.type.Money` has them.
    pub fn from_units(currency: &str, units: i64, nanos: i32) -> Result<Self, Unsound> {
        let currency: Currency = currency.parse()?;
        if units < 0 || nanos < 0 {
            return Err(Unsound::Negative);
        }
        let nanos_per_minor = 1_000_000_000 / currency.minor_per_major();
        let nanos = i64::from(nanos);
        if nanos >= 1_000_000_000 || nanos % nanos_per_minor != 0 {
            return Err(Unsound::TooFine { currency });
        }
        let minor = units
            .checked_mul(currency.minor_per_major())
            .and_then(|it| it.checked_add(nanos / nanos_per_minor))
            .ok_or(Unsound::TooLarge)?;
        Self::from_minor(minor, currency)
    }

    /// Whole units and nanos, as `google.type.Money` has them.
    pub const fn to_units(self) -> (i64, i32) {
        let per_major = self.currency.minor_per_major();
        let nanos = (self.minor % per_major) * (1_000_000_000 / per_major);
        (self.minor / per_major, nanos as i32)
    }

    /// In the currency's smallest unit.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// Its currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// `quantity` times this (FR-23).
    pub fn times(self, quantity: u32) -> Result<Self, Unsound> {
        let minor = self.minor.checked_mul(i64::from(quantity)).ok_or(Unsound::TooLarge)?;
        Self::from_minor(minor, self.currency)
    }

    /// The two together.
    pub fn plus(self, other: Self) -> Result<Self, Unsound> {
        if self.currency != other.currency {
            return Err(Unsound::Mixed(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(Unsound::TooLarge)?;
        Self::from_minor(minor, self.currency)
    }
}

impl fmt::Display for Money {
    /// `12.50 EUR`, `90000 KRW`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_major = self.currency.minor_per_major();
        match per_major {
            1 => write!(f, "{} {}", self.minor, self.currency),
            _ => {
                let (major, minor) = (self.minor / per_major, self.minor % per_major);
                write!(f, "{major}.{minor:02} {}", self.currency)
            }
        }
    }
}

// === impl Currency ===

impl Currency {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Krw, Self::Eur, Self::Usd, Self::Gbp, Self::Jpy];

    /// Its ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Krw => "KRW",
            Self::Eur => "EUR",
            Self::Usd => "USD",
            Self::Gbp => "GBP",
            Self::Jpy => "JPY",
        }
    }

    const fn minor_per_major(self) -> i64 {
        match self {
            Self::Krw | Self::Jpy => 1,
            Self::Eur | Self::Usd | Self::Gbp => 100,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = Unsound;

    fn from_str(code: &str) -> Result<Self, Unsound> {
        Self::ALL
            .into_iter()
            .find(|currency| currency.code() == code)
            .ok_or_else(|| Unsound::Currency(code.chars().take(16).collect()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amounts() -> impl Strategy<Value = Money> {
        (0..10_000_000_i64, prop::sample::select(Currency::ALL.to_vec()))
            .prop_map(|(minor, currency)| Money::from_minor(minor, currency).unwrap())
    }

    proptest! {
        #[test]
        fn units_and_nanos_say_the_same_amount(money in amounts()) {
            let (units, nanos) = money.to_units();
            prop_assert_eq!(Money::from_units(money.currency().code(), units, nanos), Ok(money));
        }

        #[test]
        fn times_is_repeated_addition(money in amounts(), quantity in 0..100_u32) {
            let mut sum = Money::zero(money.currency());
            for _ in 0..quantity {
                sum = sum.plus(money).unwrap();
            }
            prop_assert_eq!(money.times(quantity), Ok(sum));
        }
    }

    #[test]
    fn half_a_won_is_not_money() {
        let refused = Money::from_units("KRW", 1, 500_000_000);
        assert_eq!(refused, Err(Unsound::TooFine { currency: Currency::Krw }));
    }

    #[test]
    fn unknown_currency_is_named() {
        assert_eq!(Money::from_units("XXX", 1, 0), Err(Unsound::Currency("XXX".to_owned())));
    }

    #[test]
    fn nothing_costs_less_than_nothing() {
        assert_eq!(Money::from_units("EUR", -1, 0), Err(Unsound::Negative));
    }
}
