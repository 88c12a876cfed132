//! What the stages came to: one table, and the last line a machine reads.

use std::fmt;
use std::time::Duration;

use crate::stages::Stage;
use crate::stream::Cases;

/// How one stage ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stage: Stage,
    pub(crate) took: Duration,
    pub(crate) cases: Cases,
    /// Why it failed, if it did.
    pub(crate) failure: Option<String>,
}

/// The stages that ran, in their order.
#[derive(Debug, Default)]
pub(crate) struct Summary(pub(crate) Vec<Outcome>);

// === impl Outcome ===

impl Outcome {
    /// Failed test cases; a stage that failed without one counts as one.
    fn failed(&self) -> u64 {
        self.cases.failed.max(u64::from(self.failure.is_some()))
    }
}

// === impl Summary ===

impl Summary {
    pub(crate) fn failed(&self) -> u64 {
        self.0.iter().map(Outcome::failed).sum()
    }

    fn passed(&self) -> u64 {
        self.0.iter().map(|outcome| outcome.cases.passed).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<11} {:<7} {:>9} {:>7} {:>7} {:>8}",
            "stage", "result", "took", "passed", "failed", "ignored"
        )?;
        for outcome in &self.0 {
            let result = if outcome.failure.is_some() { "FAILED" } else { "ok" };
            let (stage, took, cases) =
                (outcome.stage.to_string(), outcome.took.as_secs_f64(), outcome.cases);
            write!(f, "{stage:<11} {result:<7} {took:>7.1} s")?;
            if outcome.stage.has_cases() {
                write!(f, " {:>7} {:>7} {:>8}", cases.passed, cases.failed, cases.ignored)?;
            }
            writeln!(f)?;
        }
        for outcome in &self.0 {
            if let Some(why) = &outcome.failure {
                writeln!(f, "{}: {why}", outcome.stage)?;
            }
        }
        write!(f, "\n{} passed, {} failed", self.passed(), self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(stage: Stage, passed: u64, failed: u64, failure: Option<&str>) -> Outcome {
        let cases = Cases { passed, failed, ignored: 0 };
        Outcome { stage, took: Duration::ZERO, cases, failure: failure.map(str::to_owned) }
    }

    #[test]
    fn the_last_line_counts_cases_and_stages_that_failed_without_one() {
        for (outcomes, last) in [
            (vec![], "0 passed, 0 failed"),
            (
                vec![outcome(Stage::Fmt, 0, 0, None), outcome(Stage::Unit, 7, 0, None)],
                "7 passed, 0 failed",
            ),
            (
                vec![
                    outcome(Stage::Fmt, 0, 0, Some("untidy")),
                    outcome(Stage::Unit, 7, 2, Some("red")),
                ],
                "7 passed, 3 failed",
            ),
            (vec![outcome(Stage::Unit, 0, 0, Some("does not compile"))], "0 passed, 1 failed"),
        ] {
            assert_eq!(Summary(outcomes).to_string().lines().last(), Some(last));
        }
    }
}
