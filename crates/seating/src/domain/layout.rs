//! How the seats of a hall lie. A layout never changes: another arrangement is another layout.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use uuid::Uuid;

use super::seat::is_label;
use super::{Flaw, SeatName};

/// Seats in one layout, at most.
pub const MAX_SEATS: u32 = 20_000;
const MAX_ROWS: usize = 1_000;
const MAX_ROW: u32 = 1_000;
const MAX_CURVE: u32 = 180;

/// Rows of seats, front to back. Kept as rows, never seat by seat: 20,000 seats are a few hundred rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    id: LayoutId,
    rows: Vec<Row>,
    by_label: HashMap<String, usize>,
    capacity: u32,
}

/// Derived from the arrangement itself: the same rows are the same layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayoutId(pub Uuid);

/// One row, its seats numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Such as `C`; unique in the layout, whatever its case.
    pub label: String,
    /// How many, blocked ones included.
    pub seats: u32,
    /// The grade of all of them.
    pub grade: String,
    /// Numbers that are never on sale.
    pub blocked: BTreeSet<u32>,
    /// Numbers that suit a wheelchair.
    pub accessible: BTreeSet<u32>,
    /// How far it bends, in degrees of an arc, 0–180.
    pub curve: u32,
}

/// One seat of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Its row.
    pub row: &'a Row,
    /// Its number in that row.
    pub number: u32,
}

// === impl Layout ===

impl Layout {
    /// Checks that it can be sat in: at least one seat on sale, at most [`MAX_SEATS`], every label
    /// once, every number within its row.
    pub fn new(rows: Vec<Row>) -> Result<Self, Flaw> {
        if rows.len() > MAX_ROWS {
            return Err(Flaw::TooManySeats);
        }
        let (mut seats, mut blocked) = (0, 0);
        let mut folded = BTreeSet::new();
        for row in &rows {
            row.check()?;
            // `c-12` and `C-12` are one seat to a person, and to a database that ignores case.
            if !folded.insert(row.label.to_ascii_lowercase()) {
                return Err(Flaw::RowRepeated(row.label.clone()));
            }
            seats += row.seats;
            blocked += row.blocked.len() as u32;
        }
        if seats > MAX_SEATS {
            return Err(Flaw::TooManySeats);
        }
        if seats == blocked {
            return Err(Flaw::NoSeats);
        }
        let by_label = rows.iter().enumerate().map(|(at, row)| (row.label.clone(), at)).collect();
        Ok(Self { id: LayoutId::of(&rows), rows, by_label, capacity: seats - blocked })
    }

    /// Its id.
    pub const fn id(&self) -> LayoutId {
        self.id
    }

    /// Front to back.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Seats on sale.
    pub const fn capacity(&self) -> u32 {
        self.capacity
    }

    /// The seat of that name, on sale or not.
    pub fn place(&self, name: &SeatName) -> Option<Place<'_>> {
        let (label, number) = name.split()?;
        let row = self.rows.get(*self.by_label.get(label)?)?;
        (1..=row.seats).contains(&number).then_some(Place { row, number })
    }

    /// Every seat, front to back, by number.
    pub fn places(&self) -> impl Iterator<Item = Place<'_>> {
        self.rows.iter().flat_map(|row| (1..=row.seats).map(move |number| Place { row, number }))
    }

    /// Its grades, each once.
    pub fn grades(&self) -> BTreeSet<&str> {
        self.rows.iter().map(|row| row.grade.as_str()).collect()
    }
}

// === impl LayoutId ===

impl LayoutId {
    fn of(rows: &[Row]) -> Self {
        use std::fmt::Write as _;

        let mut name = String::new();
        for row in rows {
            // Writing to a string cannot fail; the grade comes last, so that it may contain anything.
            let _ = writeln!(
                name,
                "{}|{}|{:?}|{:?}|{}|{:?}",
                row.label, row.seats, row.blocked, row.accessible, row.curve, row.grade
            );
        }
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }
}

impl fmt::Display for LayoutId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// === impl Row ===

impl Row {
    fn check(&self) -> Result<(), Flaw> {
        let label = &self.label;
        if !is_label(label) {
            return Err(Flaw::RowLabel(label.clone()));
        }
        if !(1..=MAX_ROW).contains(&self.seats) {
            return Err(Flaw::RowSeats(label.clone()));
        }
        if !(1..=32).contains(&self.grade.chars().count()) {
            return Err(Flaw::RowGrade(label.clone()));
        }
        if self.curve > MAX_CURVE {
            return Err(Flaw::RowCurve(label.clone()));
        }
        let mut named = self.blocked.iter().chain(&self.accessible);
        match named.find(|number| !(1..=self.seats).contains(number)) {
            Some(number) => Err(Flaw::OutsideRow { label: label.clone(), number: *number }),
            None => Ok(()),
        }
    }
}

// === impl Place ===

impl Place<'_> {
    /// Its name: `C-12`.
    pub fn name(&self) -> SeatName {
        SeatName::numbered(&self.row.label, self.number)
    }

    /// Whether it is never on sale.
    pub fn blocked(&self) -> bool {
        self.row.blocked.contains(&self.number)
    }

    /// Whether it suits a wheelchair.
    pub fn accessible(&self) -> bool {
        self.row.accessible.contains(&self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, seats: u32) -> Row {
        Row {
            label: label.to_owned(),
            seats,
            grade: "R".to_owned(),
            blocked: BTreeSet::new(),
            accessible: BTreeSet::new(),
            curve: 0,
        }
    }

    #[test]
    fn every_seat_is_found_by_its_name() {
        let layout = Layout::new(vec![row("A", 3), row("BB", 12)]).unwrap();
        for place in layout.places() {
            assert_eq!(layout.place(&place.name()), Some(place));
        }
        assert_eq!(layout.places().count(), 15);
    }

    #[test]
    fn a_seat_has_one_spelling() {
        let layout = Layout::new(vec![row("A", 12)]).unwrap();
        for name in ["A-0", "A-13", "A-01", "A-+1", "a-1", "A1", "A-", "-1", "B-1", "", "A-1 "] {
            assert_eq!(layout.place(&SeatName::new(name)), None, "{name:?}");
        }
    }

    #[test]
    fn blocked_seats_are_no_capacity() {
        let pillar = Row { blocked: [2, 3].into(), ..row("A", 10) };
        assert_eq!(Layout::new(vec![pillar]).unwrap().capacity(), 8);
    }

    #[test]
    fn the_same_rows_are_the_same_layout() {
        let id = |rows| Layout::new(rows).unwrap().id();
        assert_eq!(id(vec![row("A", 3)]), id(vec![row("A", 3)]));
        assert_ne!(id(vec![row("A", 3)]), id(vec![row("A", 4)]));
        let blocked = Row { blocked: [1].into(), ..row("A", 3) };
        let accessible = Row { accessible: [1].into(), ..row("A", 3) };
        assert_ne!(id(vec![blocked]), id(vec![accessible]));
    }

    #[test]
    fn what_cannot_be_sat_in_is_refused() {
        let outside = |number| Flaw::OutsideRow { label: "A".to_owned(), number };
        let cases = [
            (vec![], Flaw::NoSeats),
            (vec![Row { blocked: [1, 2].into(), ..row("A", 2) }], Flaw::NoSeats),
            (vec![row("A", 1), row("a", 1)], Flaw::RowRepeated("a".to_owned())),
            (vec![row("A-1", 1)], Flaw::RowLabel("A-1".to_owned())),
            (vec![row("", 1)], Flaw::RowLabel(String::new())),
            (vec![row("A", 0)], Flaw::RowSeats("A".to_owned())),
            (vec![row("A", 1_001)], Flaw::RowSeats("A".to_owned())),
            (vec![Row { grade: String::new(), ..row("A", 1) }], Flaw::RowGrade("A".to_owned())),
            (vec![Row { curve: 181, ..row("A", 1) }], Flaw::RowCurve("A".to_owned())),
            (vec![Row { blocked: [3].into(), ..row("A", 2) }], outside(3)),
            (vec![Row { accessible: [0].into(), ..row("A", 2) }], outside(0)),
            ((0..21).map(|n| row(&format!("R{n}"), 1_000)).collect(), Flaw::TooManySeats),
            ((0..1_001).map(|n| row(&format!("R{n}"), 1)).collect(), Flaw::TooManySeats),
        ];
        for (rows, flaw) in cases {
            assert_eq!(Layout::new(rows), Err(flaw));
        }
    }

    #[test]
    fn twenty_thousand_seats_are_allowed() {
        let rows = (0..20).map(|n| row(&format!("R{n}"), 1_000)).collect();
        assert_eq!(Layout::new(rows).unwrap().capacity(), MAX_SEATS);
    }
}
