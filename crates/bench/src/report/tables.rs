//! Markdown tables, and how numbers stand in them.

use std::collections::BTreeMap;
use std::fmt;

/// Rows under heads.
#[derive(Debug)]
pub(super) struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

// === impl Table ===

impl Table {
    pub(super) fn new(first: &str, heads: impl Iterator<Item = String>) -> Self {
        Self { heads: [first.to_owned()].into_iter().chain(heads).collect(), rows: Vec::new() }
    }

    pub(super) fn row(&mut self, title: &str, cells: Vec<String>) {
        self.rows.push([title.to_owned()].into_iter().chain(cells).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.heads.join(" | "))?;
        let numbers = vec!["---:"; self.heads.len() - 1];
        write!(f, "|---|{}|", numbers.join("|"))?;
        for row in &self.rows {
            write!(f, "\n| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

/// The middle one; of an even number the lower of the two.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// Whole, with its thousands apart.
pub(super) fn number(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn ratio(value: f64) -> String {
    format!("× {value:.2}")
}

/// Seconds as milliseconds.
pub(super) fn ms(seconds: f64) -> String {
    let ms = seconds * 1e3;
    if ms < 100.0 { format!("{ms:.1}") } else { format!("{ms:.0}") }
}

pub(super) fn seconds(value: f64) -> String {
    format!("{value:.2}")
}

/// The median of each process, from KiB.
pub(super) fn memory<'a>(seen: impl Iterator<Item = &'a BTreeMap<String, u64>>) -> String {
    let mut by_name: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (name, kib) in seen.flatten() {
        by_name.entry(name).or_default().push(*kib as f64);
    }
    by_name.remove(crate::usage::CALLERS);
    let each = by_name.into_iter().filter_map(|(name, kib)| {
        Some(format!("{name} {} MiB", number(median(kib.into_iter())? / 1024.0)))
    });
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        let read: Vec<_> = [0.0, 12.4, 999.6, 12_345.0, 1_234_567.0].map(number).to_vec();
        assert_eq!(read, ["0", "12", "1,000", "12,345", "1,234,567"]);
        assert_eq!(
            (ms(0.0123), ms(0.25), ratio(1.239)),
            ("12.3".into(), "250".into(), "× 1.24".into())
        );
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([3.0, 1.0].into_iter()), Some(1.0));
        assert_eq!(median(std::iter::empty()), None);
    }

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new("", ["a", "b"].map(str::to_owned).into_iter());
        table.row("x", vec!["1".to_owned(), "2".to_owned()]);
        assert_eq!(table.to_string(), "|  | a | b |\n|---|---:|---:|\n| x | 1 | 2 |");
    }
}
