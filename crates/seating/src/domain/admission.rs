//! Who sits where, and what it costs.

use std::sync::Arc;

use boxoffice_kernel::Money;

use super::{Flaw, Layout, Place};

/// The one grade of general admission.
pub const GENERAL: &str = "GENERAL";
/// People one showing may let in, at most.
pub const MAX_CAPACITY: u32 = 1_000_000;

/// How people are let in (D-3). Fixed for the life of a showing. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Counted, not identified.
    General {
        /// How many.
        capacity: u32,
        /// What one costs.
        price: Money,
    },
    /// Identified seats.
    SeatMap {
        /// How they lie.
        layout: Arc<Layout>,
        /// What they cost.
        prices: Arc<Prices>,
    },
}

/// One price a grade, all in one currency; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices(Vec<(String, Money)>);

// === impl Admission ===

impl Admission {
    /// General admission of 1 to [`MAX_CAPACITY`] people.
    pub fn general(capacity: u32, price: Money) -> Result<Self, Flaw> {
        if !(1..=MAX_CAPACITY).contains(&capacity) {
            return Err(Flaw::Capacity);
        }
        Ok(Self::General { capacity, price })
    }

    /// A seat map in which every grade has its price, and nothing else has one.
    pub fn seat_map(layout: Arc<Layout>, prices: Arc<Prices>) -> Result<Self, Flaw> {
        let grades = layout.grades();
        if let Some(grade) = grades.iter().find(|grade| prices.of(grade).is_none()) {
            return Err(Flaw::GradeUnpriced((*grade).to_owned()));
        }
        if let Some((grade, _)) = prices.iter().find(|(grade, _)| !grades.contains(grade)) {
            return Err(Flaw::GradeUnknown(grade.to_owned()));
        }
        Ok(Self::SeatMap { layout, prices })
    }

    /// Seats on sale.
    pub fn capacity(&self) -> u32 {
        match self {
            Self::General { capacity, .. } => *capacity,
            Self::SeatMap { layout, .. } => layout.capacity(),
        }
    }

    /// Grades and what one seat of each costs.
    pub fn prices(&self) -> Vec<(&str, Money)> {
        match self {
            Self::General { price, .. } => vec![(GENERAL, *price)],
            Self::SeatMap { prices, .. } => prices.iter().collect(),
        }
    }

    /// How its seats lie, if they have names.
    pub fn layout(&self) -> Option<&Arc<Layout>> {
        match self {
            Self::General { .. } => None,
            Self::SeatMap { layout, .. } => Some(layout),
        }
    }
}

// === impl Prices ===

impl Prices {
    /// Checks that no grade has two prices, and that they add up.
    pub fn new(prices: Vec<(String, Money)>) -> Result<Self, Flaw> {
        let Some((_, first)) = prices.first() else { return Err(Flaw::NoPrices) };
        let currency = first.currency();
        if prices.iter().any(|(_, price)| price.currency() != currency) {
            return Err(Flaw::MixedCurrencies);
        }
        for (at, (grade, _)) in prices.iter().enumerate() {
            if prices.iter().take(at).any(|(earlier, _)| earlier == grade) {
                return Err(Flaw::GradeRepeated(grade.clone()));
            }
        }
        Ok(Self(prices))
    }

    /// What one seat of `grade` costs.
    pub fn of(&self, grade: &str) -> Option<Money> {
        self.iter().find(|(known, _)| *known == grade).map(|(_, price)| price)
    }

    /// What `place` costs.
    pub fn of_place(&self, place: Place<'_>) -> Option<Money> {
        self.of(&place.row.grade)
    }

    /// In the order they were given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Money)> {
        self.0.iter().map(|(grade, price)| (grade.as_str(), *price))
    }
}
