//! The stages of a test run, in the order they run.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;
use std::{fmt, fs};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use crate::paths::Paths;
use crate::stream::{Cases, stream};
use crate::summary::{Outcome, Summary};
use crate::tools::{Need, Tools};
use crate::{proto, setup};

/// A stage; the cheap ones come first, so that a slip is seen early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// The tools the tests start
    Setup,
    /// Formatting
    Fmt,
    /// Style of the protos, and nothing the last release promised is broken
    Buf,
    /// Lints, tests included; a warning is an error
    Clippy,
    /// Licences, banned crates and where crates come from
    Deny,
    /// Every crate's own tests, with the real servers they start
    Unit,
    /// The binary
    Build,
    /// What a user does, from outside, against the binary
    Acceptance,
}

/// With `--workspace`, as every stage: cargo unites the features of what it selects, and another selection
/// would compile half of the dependencies once more.
const BUILD: &str = "build --workspace --bin boxoffice";

/// Runs the chosen stages, all of them whatever happens, and sums up.
pub(crate) fn run_all(paths: &Paths, only: &[Stage], skip: &[Stage]) -> Result<ExitCode> {
    let mut summary = Summary::default();
    for &stage in Stage::value_variants() {
        let chosen = only.is_empty() || only.contains(&stage);
        if chosen && !skip.contains(&stage) {
            summary.0.push(run(stage, paths));
        }
    }
    println!("\nOn a real Kubernetes, behind a real Istio: `cargo xtask cluster test`");
    println!("\n{summary}");
    Ok(if summary.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run(stage: Stage, paths: &Paths) -> Outcome {
    println!("\n=== {stage} ===");
    let began = Instant::now();
    let (cases, failure) = match stage.run(paths) {
        Ok((cases, failure)) => (cases, failure),
        Err(error) => (Cases::default(), Some(format!("{error:#}"))),
    };
    let took = began.elapsed();
    let result = failure.as_ref().map_or_else(|| "ok".to_owned(), |why| format!("FAILED: {why}"));
    println!("=== {stage}: {result} ({:.1} s) ===", took.as_secs_f64());
    Outcome { stage, took, cases, failure }
}

// === impl Stage ===

impl Stage {
    /// Whether the stage is counted in test cases.
    pub(crate) fn has_cases(self) -> bool {
        matches!(self, Self::Unit | Self::Acceptance)
    }

    /// What it came to: its test cases, and why it failed, if it did.
    fn run(self, paths: &Paths) -> Result<(Cases, Option<String>)> {
        let mut cases = Cases::default();
        if self == Self::Setup {
            setup::install(paths, Need::Tests)?;
        }
        for mut command in self.commands(paths)? {
            let (status, more) = stream(&mut command)?;
            cases += more;
            if !status.success() {
                return Ok((cases, Some(format!("{} ended with {status}", spoken(&command)))));
            }
        }
        Ok((cases, None))
    }

    /// The programs of the stage; the first that fails ends it.
    fn commands(self, paths: &Paths) -> Result<Vec<Command>> {
        let cargo = |words: &str| {
            let mut cargo = paths.cargo();
            cargo.args(words.split(' '));
            cargo
        };
        Ok(match self {
            Self::Setup => Vec::new(),
            Self::Fmt => vec![cargo("fmt --all --check")],
            Self::Buf => proto::checks(paths)?,
            Self::Clippy => vec![cargo("clippy --workspace --all-targets -- -D warnings")],
            Self::Deny => vec![deny(paths)?],
            Self::Unit => {
                vec![cargo("test --workspace --exclude boxoffice-acceptance --no-fail-fast")]
            }
            Self::Build => vec![cargo(BUILD)],
            // Built here too, so that `--only acceptance` never tests yesterday's binary.
            Self::Acceptance => {
                let mut test = cargo("test --workspace --no-fail-fast");
                for name in acceptance_tests(paths)? {
                    test.args(["--test", &name]);
                }
                vec![cargo(BUILD), test]
            }
        })
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.pad(value.get_name()))
    }
}

/// Runs on a cluster alone: `cargo xtask cluster test`.
const ON_CLUSTER: &str = "mesh";

/// The test binaries of the acceptance crate, `tests/<name>.rs` and `tests/<name>/main.rs`, that need no cluster.
fn acceptance_tests(paths: &Paths) -> Result<Vec<String>> {
    let directory = paths.root.join("crates/acceptance/tests");
    let mut names = Vec::new();
    for entry in
        fs::read_dir(&directory).with_context(|| format!("reading {}", directory.display()))?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            || path.join("main.rs").is_file()
        {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.retain(|name| name != ON_CLUSTER);
    ensure!(!names.is_empty(), "there is no test in {}", directory.display());
    names.sort();
    Ok(names)
}

/// Advisories are left out: see deny.toml.
fn deny(paths: &Paths) -> Result<Command> {
    let mut deny = paths.command(Tools::read(paths)?.binary("cargo-deny", paths)?);
    deny.args(["--workspace", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    Ok(deny)
}

/// A command as somebody would type it.
fn spoken(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
