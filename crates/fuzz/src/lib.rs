//! Holds a law against what an attacker may send: real inputs, mutated (docs/adr/0015).
//!
//! `corpus/<target>` has the real inputs, and every input that once broke the law: it is kept there when it is found, and
//! tried first from then on. The same run every time; `FUZZ_SECONDS=600 cargo test fuzz` looks further, by other seeds.

mod mutator;

use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mutatis::check::{Check, CheckError};

use crate::mutator::Mutator;

/// How often the real inputs are taken anew, and how many mutations one of them goes through on the average.
const ROUNDS: u64 = 5_000;
const DEPTH: usize = 5;

/// Tries of making an input that breaks the law smaller.
const SHRINKING: usize = 300;

/// Holds `law` against each input of the target's corpus, against `more` (what cannot be kept in a file, such as what was
/// signed just now), and against what mutations make of them.
///
/// # Panics
/// The law is broken, or the corpus is empty or cannot be read.
pub fn hold(target: &str, more: &[&[u8]], law: impl Fn(&[u8]) -> Result<(), String>) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut inputs: Vec<Vec<u8>> = more.iter().map(|it| it.to_vec()).collect();
    inputs.extend(read(&corpus));
    assert!(!inputs.is_empty(), "{} is empty: put real inputs there", corpus.display());
    let mut mutator = Mutator::new(&inputs);
    let ends = Instant::now() + patience();
    for round in (0..).take_while(|round| *round < ROUNDS || Instant::now() < ends) {
        let outcome = Check::new()
            .seed(round)
            .iters(inputs.len() * DEPTH)
            .max_shrink_iters(SHRINKING)
            .run_with(&mut mutator, inputs.clone(), |input| law(input));
        match outcome {
            Ok(()) => {}
            Err(CheckError::Failed(failure)) => {
                let kept = keep(&corpus, &failure.value);
                let shown = failure.value.escape_ascii();
                panic!("{}\nfor {shown}\nkept as {}: commit it", failure.message, kept.display());
            }
            Err(CheckError::EmptyCorpus | CheckError::MutatorError(_)) => {
                unreachable!("the corpus has inputs, and our mutations do not fail");
            }
        }
    }
}

fn read(corpus: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(corpus) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|it| it.expect("it is listed").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("the corpus is in the checkout")).collect()
}

fn keep(corpus: &Path, input: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let mut name = "found-".to_owned();
    write!(name, "{:016x}", hasher.finish()).expect("a string takes it");
    let file = corpus.join(name);
    fs::create_dir_all(corpus).and_then(|()| fs::write(&file, input)).expect("it can be kept");
    file
}

#[expect(clippy::disallowed_methods, reason = "a test has no arguments to set it by")]
fn patience() -> Duration {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|it| it.parse().ok());
    Duration::from_secs(seconds.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_that_mutations_can_break_is_broken() {
        let lawful = |input: &[u8]| match input.windows(2).any(|it| it == b"{{") {
            true => Err("it nests".to_owned()),
            false => Ok(()),
        };
        let broken = std::panic::catch_unwind(|| hold("of-no-target", &[b"{\"a\":1}"], lawful));
        let told = broken.unwrap_err().downcast::<String>().unwrap();
        assert!(told.starts_with("it nests"), "{told}");
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/of-no-target");
        assert!(lawful(&read(&corpus)[0]).is_err());
        fs::remove_dir_all(corpus).unwrap();
    }
}
