//! Statements of few shapes. How many rows or keys a statement has is part of its text, and each text is parsed, planned
//! and kept, by the server and by every connection: so there are few such numbers.

/// Cuts `rows` into statements of at most `most` rows, which have 1, 2, 3, 4, 6, 8, 12, 16 … of them.
pub fn statements<T>(rows: impl IntoIterator<Item = T>, most: usize) -> Vec<Vec<T>> {
    let mut rows: Vec<T> = rows.into_iter().collect();
    let mut statements = Vec::new();
    while !rows.is_empty() {
        let rest = rows.split_off(step_down(rows.len().min(most.max(1))));
        statements.push(std::mem::replace(&mut rows, rest));
    }
    statements
}

/// Keys for an `IN`; the last is repeated until there are 1, 2, 3, 4, 6, 8, 12, 16 … of them.
pub fn keys<T: Clone>(keys: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut keys: Vec<T> = keys.into_iter().collect();
    if let Some(last) = keys.last().cloned() {
        keys.resize(step_up(keys.len()), last);
    }
    keys
}

/// The nearest step that is not more.
fn step_down(count: usize) -> usize {
    let power = 1 << count.max(1).ilog2();
    if count >= power + power / 2 { power + power / 2 } else { power }
}

/// The nearest step that is not less.
fn step_up(count: usize) -> usize {
    let below = step_down(count);
    if below == count { count } else { step_down(below + below.div_ceil(2)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_keep_every_row_in_order_within_the_limit() {
        for most in [1, 5, 100] {
            for count in 0..300 {
                let cut = statements(0..count, most);
                assert!(
                    cut.iter().all(|it| !it.is_empty() && it.len() <= most),
                    "{count} by {most}"
                );
                assert!(cut.concat().into_iter().eq(0..count), "{count} by {most}");
            }
        }
    }

    #[test]
    fn keys_are_all_there_and_of_few_numbers() {
        let mut numbers = std::collections::BTreeSet::new();
        for count in 1..=512 {
            let padded = keys(0..count);
            assert!(padded.iter().copied().take(count).eq(0..count));
            assert!(padded[count..].iter().all(|&it| it == count - 1));
            numbers.insert(padded.len());
        }
        assert_eq!(numbers.len(), 18, "{numbers:?}");
        assert!(keys::<u8>([]).is_empty());
    }
}
