//! What is measured, and for how long.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Measures paid bookings per second next to pgbench, and writes docs/benchmarks.md.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// Short points, once each: about three minutes, to see whether something changed
    #[arg(long)]
    quick: bool,
    /// How often everything is measured; the medians are reported [default: 3, quick: 1]
    #[arg(long)]
    repeats: Option<usize>,
    /// How long a point is measured, in seconds [default: 8, quick: 3]
    #[arg(long)]
    seconds: Option<u64>,
    /// How many call at once
    #[arg(long, value_delimiter = ',', default_values_t = CALLERS)]
    pub(crate) callers: Vec<usize>,
    /// Only this (may be given again); nothing is written then
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Only bookings spread over many showings, or only those of a hot one
    #[arg(long)]
    only_scene: Option<Scene>,
    /// Instead: ten times as many callers as one process has room for, next to few; nothing is written
    #[arg(long)]
    pub(crate) overload: bool,
    /// Flags for `boxoffice serve`: `--serve lanes=4` (may be given again)
    #[arg(long, value_name = "FLAG=VALUE")]
    pub(crate) serve: Vec<String>,
    /// Where the report goes
    #[arg(long, default_value = "docs/benchmarks.md")]
    report: PathBuf,
}

/// What is measured against what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Part {
    /// The floor: pgbench, TPC-B-like
    Pgbench,
    /// All contexts in one process, on PostgreSQL and NATS JetStream
    Together,
    /// One process per context, on PostgreSQL and NATS JetStream
    Apart,
    /// One process with everything embedded: SQLite and the event log
    Embedded,
}

/// Who wants what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Scene {
    /// Many showings, half of them with seat maps
    Spread,
    /// Everybody wants the same showing
    Hot,
}

/// Callers at once, as the report compares them.
pub(crate) const CALLERS: [usize; 4] = [8, 32, 128, 512];

/// More clients than PostgreSQL has to serve anywhere else; 512 callers are compared with these.
pub(crate) const MOST_CLIENTS: usize = 128;

// === impl Args ===

impl Args {
    pub(crate) fn repeats(&self) -> usize {
        self.repeats.unwrap_or(if self.quick { 1 } else { 3 }).max(1)
    }

    /// How long a point is measured.
    pub(crate) fn span(&self) -> Duration {
        Duration::from_secs(self.seconds.unwrap_or(if self.quick { 3 } else { 8 }).max(1))
    }

    /// How long it runs before that.
    pub(crate) fn warm_up(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { 2 })
    }

    pub(crate) fn parts(&self) -> Vec<Part> {
        let all = Part::value_variants().iter().copied();
        all.filter(|part| self.only.is_empty() || self.only.contains(part)).collect()
    }

    pub(crate) fn scenes(&self) -> Vec<Scene> {
        let all = Scene::value_variants().iter().copied();
        all.filter(|scene| self.only_scene.is_none_or(|only| only == *scene)).collect()
    }

    /// Clients of pgbench.
    pub(crate) fn clients(&self) -> Vec<usize> {
        let mut clients: Vec<_> = self.callers.iter().map(|it| (*it).min(MOST_CLIENTS)).collect();
        clients.dedup();
        clients
    }

    /// The file to write: none if only a part was measured.
    pub(crate) fn report(&self) -> Option<&PathBuf> {
        let whole =
            self.only.is_empty() && self.only_scene.is_none() && self.callers == CALLERS.to_vec();
        whole.then_some(&self.report)
    }
}

// === impl Part ===

impl Part {
    /// As a row of a table is called.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Pgbench => "pgbench, TPC-B-like",
            Self::Together => "PostgreSQL + JetStream, one process",
            Self::Apart => "PostgreSQL + JetStream, a process per context",
            Self::Embedded => "embedded (SQLite + event log), one process",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Spread => "many showings",
            Self::Hot => "one hot showing",
        })
    }
}
