//! A part of the run: how it went, and how long it took.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::built::Built;
use crate::layout::Layout;
use crate::node;

/// No part takes longer; one that does hangs.
const LONGEST: Duration = Duration::from_secs(25 * 60);

/// One row of the table at the end.
#[derive(Debug)]
pub(super) struct Part {
    name: &'static str,
    took: Duration,
    passed: u64,
    failed: u64,
    failure: Option<String>,
}

// === impl Part ===

impl Part {
    pub(super) fn named(name: &'static str) -> Self {
        println!("\n=== {name} ===");
        Self { name, took: Duration::ZERO, passed: 0, failed: 0, failure: None }
    }

    /// Runs these tests inside the cluster's namespaces, one after another, and says how long each took.
    pub(super) async fn play(
        name: &'static str,
        layout: &Layout,
        built: &Built,
        tests: &Path,
        chosen: &[String],
    ) -> Self {
        let mut part = Self::named(name);
        if chosen.is_empty() {
            println!("none is chosen");
            return part;
        }
        let began = Instant::now();
        let played = tokio::time::timeout(LONGEST, part.follow(layout, built, tests, chosen)).await;
        let played = played.unwrap_or_else(|_| Err(anyhow::anyhow!("it hangs")));
        part.end(began.elapsed(), played);
        part
    }

    async fn follow(
        &mut self,
        layout: &Layout,
        built: &Built,
        tests: &Path,
        chosen: &[String],
    ) -> Result<()> {
        let mut command = Command::from(node::command(layout, tests)?);
        command.args(chosen).args(["--exact", "--test-threads=1"]);
        command.env("BOXOFFICE_BIN", &built.boxoffice).env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut running = command.spawn().context("starting the tests")?;
        let said = running.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(said).lines();
        let mut began = Instant::now();
        while let Some(line) = lines.next_line().await? {
            if line.starts_with("test ") && line.contains(" ... ") {
                println!("{:6.1} s  {line}", began.elapsed().as_secs_f64());
                began = Instant::now();
            } else {
                println!("{line}");
            }
            self.count(&line);
        }
        let status: ExitStatus = running.wait().await?;
        ensure!(status.success(), "the tests ended with {status}");
        Ok(())
    }

    /// Reads `test result: FAILED. 5 passed; 1 failed; …`.
    fn count(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let words: Vec<_> = result.split(' ').collect();
        for pair in words.windows(2) {
            match (pair[0].parse::<u64>(), pair[1]) {
                (Ok(count), "passed;") => self.passed += count,
                (Ok(count), "failed;") => self.failed += count,
                (_, _) => {}
            }
        }
    }

    pub(super) fn end(&mut self, took: Duration, ended: Result<()>) {
        self.took = took;
        self.failure = ended.err().map(|error| format!("{error:#}"));
        if let Some(why) = &self.failure {
            println!("{why}");
        }
    }

    pub(super) fn is_well(&self) -> bool {
        self.failure.is_none()
    }
}

/// How each part went, and a last line that a machine reads; a part that failed without a test counts as one.
pub(super) fn table(parts: &[Part]) -> String {
    let mut table =
        format!("{:<11} {:<7} {:>9} {:>7} {:>7}\n", "part", "result", "took", "passed", "failed");
    let (mut passed, mut failed) = (0, 0);
    for part in parts {
        let result = if part.is_well() { "ok" } else { "FAILED" };
        let took = part.took.as_secs_f64();
        let Part { name, passed: well, failed: badly, .. } = part;
        writeln!(table, "{name:<11} {result:<7} {took:>7.1} s {well:>7} {badly:>7}").ok();
        passed += well;
        failed += badly.max(&u64::from(!part.is_well()));
    }
    write!(table, "\n{passed} passed, {failed} failed").ok();
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_tests_and_parts_that_failed_without_one() {
        let mut proofs = Part::named("proofs");
        proofs.count("test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 9 filtered out; finished in 1.00s");
        proofs.end(Duration::from_secs(1), Err(anyhow::anyhow!("the tests ended")));
        let mut audit = Part::named("audit");
        audit.end(Duration::from_secs(1), Err(anyhow::anyhow!("one is broken")));
        assert_eq!(table(&[proofs, audit]).lines().last(), Some("5 passed, 3 failed"));
    }
}
