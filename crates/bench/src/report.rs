//! What was measured, as tables. In the file, what stands outside the marks is left as it is.

mod tables;

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::args::{Args, MOST_CLIENTS, Part, Scene};
use crate::machine::Machine;
use crate::pgbench::Floor;
use crate::rounds::{Point, Visit};

use self::tables::{Table, ms, number, ratio};

/// Everything measured so far.
#[derive(Debug)]
pub(crate) struct Report {
    machine: Machine,
    how: String,
    callers: Vec<usize>,
    parts: Vec<Part>,
    scenes: Vec<Scene>,
    pub(crate) floors: Vec<Floor>,
    pub(crate) points: Vec<Point>,
    pub(crate) visits: Vec<Visit>,
}

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// Stands around the tables until somebody writes something better.
const AROUND: &str = "# Benchmarks\n\nMeasured by `cargo xtask bench`.\n\n";

/// Callers at which processor time and memory are shown.
const SHOWN: usize = 128;

// === impl Report ===

impl Report {
    pub(crate) fn new(machine: Machine, args: &Args) -> Self {
        let how = format!(
            "Each point {} s after {} s unmeasured; medians of {}.",
            args.span().as_secs(),
            args.warm_up().as_secs(),
            args.repeats(),
        );
        Self {
            machine,
            how,
            callers: args.callers.clone(),
            parts: args.parts().into_iter().filter(|part| *part != Part::Pgbench).collect(),
            scenes: args.scenes(),
            floors: Vec::new(),
            points: Vec::new(),
            visits: Vec::new(),
        }
    }

    /// Nothing oversold, every audit clean.
    pub(crate) fn is_in_order(&self) -> bool {
        self.points.iter().all(|point| point.oversold == 0)
            && self.visits.iter().all(Visit::is_in_order)
    }

    /// Puts the tables between the marks of the file, which is made if it is not there.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let old = fs::read_to_string(file).unwrap_or_else(|_| format!("{AROUND}{BEGIN}\n{END}\n"));
        let (before, rest) = old.split_once(BEGIN).unwrap_or((&old, ""));
        let after = rest.split_once(END).map_or("\n", |(_, after)| after);
        Ok(fs::write(file, format!("{before}{BEGIN}\n{}\n{END}{after}", self.text()))?)
    }

    /// The tables.
    pub(crate) fn text(&self) -> String {
        let facts = self.machine.facts().map(|(name, fact)| format!("* {name}: {fact}"));
        let mut parts: Vec<String> = vec![facts.collect::<Vec<_>>().join("\n"), self.how.clone()];
        parts.push(format!("## Paid bookings per second\n\n{}", self.speed()));
        parts.push(format!("## Latency of a paid booking, p50 / p99 in ms\n\n{}", self.latency()));
        parts.push(format!(
            "## Processor time, µs per booking at {SHOWN} callers\n\n{}",
            self.processor()
        ));
        parts.push(format!("## Memory and start\n\n{}", self.memory()));
        parts.push(format!("## Right, too\n\n{}", self.order()));
        parts.join("\n\n")
    }

    /// Rates, and their ratio to pgbench.
    fn speed(&self) -> Table {
        let mut table = Table::new("", self.callers.iter().map(|it| format!("{it} callers")));
        let floor = self.callers.iter().map(|it| self.floor(*it).map_or_else(none, number));
        table.row(Part::Pgbench.title(), floor.collect());
        for (part, scene) in self.rows() {
            let cells = self.callers.iter().map(|&callers| {
                let Some(rate) = self.median(part, scene, callers, |it| it.per_second) else {
                    return none();
                };
                match self.floor(callers) {
                    Some(floor) => format!("{} ({})", number(rate), ratio(rate / floor)),
                    None => number(rate),
                }
            });
            table.row(&format!("{part}; {scene}"), cells.collect());
        }
        table
    }

    fn latency(&self) -> Table {
        let mut table = Table::new("", self.callers.iter().map(|it| format!("{it} callers")));
        let mean = self.callers.iter().map(|&callers| {
            let floors = self.floors_at(callers).map(|it| it.latency_ms / 1e3);
            tables::median(floors).map_or_else(none, |mean| format!("mean {}", ms(mean)))
        });
        table.row(Part::Pgbench.title(), mean.collect());
        for (part, scene) in self.rows() {
            let cells = self.callers.iter().map(|&callers| {
                let p50 = self.median(part, scene, callers, |it| it.p50.as_secs_f64());
                let p99 = self.median(part, scene, callers, |it| it.p99.as_secs_f64());
                p50.zip(p99).map_or_else(none, |(p50, p99)| format!("{} / {}", ms(p50), ms(p99)))
            });
            table.row(&format!("{part}; {scene}"), cells.collect());
        }
        table
    }

    /// Who spends it.
    fn processor(&self) -> Table {
        let shown = || self.points.iter().filter(|it| it.callers == SHOWN);
        let mut names: Vec<String> = shown().flat_map(|it| it.cpu.keys().cloned()).collect();
        names.extend(self.floors.iter().flat_map(|it| it.cpu.keys().cloned()));
        names.sort();
        names.dedup();
        let mut table = Table::new("", names.iter().cloned().chain(["all".to_owned()]));
        let floors: Vec<_> = self.floors.iter().filter(|it| it.clients == SHOWN).collect();
        let mut row = |title: &str, median: &dyn Fn(&str) -> Option<f64>| {
            let spent: Vec<_> = names.iter().map(|name| median(name)).collect();
            let all: f64 = spent.iter().flatten().sum();
            let cells = spent.into_iter().chain([Some(all)]);
            table.row(title, cells.map(|it| it.map_or_else(none, number)).collect());
        };
        row(Part::Pgbench.title(), &|name| {
            tables::median(floors.iter().filter_map(|it| it.cpu.get(name).copied()))
        });
        for (part, scene) in self.rows() {
            row(&format!("{part}; {scene}"), &|name| {
                let points = self.at(part, scene, SHOWN);
                tables::median(points.filter_map(|it| it.cpu.get(name).copied()))
            });
        }
        table
    }

    fn memory(&self) -> Table {
        let heads = ["ready, first start", "ready again", "idle", "under load"];
        let mut table = Table::new("", heads.map(str::to_owned).into_iter());
        for &part in &self.parts {
            let visits = || self.visits.iter().filter(move |it| it.part == part);
            let loaded = self.points.iter().filter(|it| it.part == part && it.callers == SHOWN);
            let ready = |pick: fn(&Visit) -> f64| {
                tables::median(visits().map(pick))
                    .map_or_else(none, |it| format!("{} s", tables::seconds(it)))
            };
            table.row(
                part.title(),
                vec![
                    ready(|it| it.ready.first.as_secs_f64()),
                    ready(|it| it.ready.again.as_secs_f64()),
                    tables::memory(visits().map(|it| &it.idle)),
                    tables::memory(loaded.map(|it| &it.memory)),
                ],
            );
        }
        table
    }

    /// What was counted afterwards.
    fn order(&self) -> Table {
        let heads = ["bookings confirmed", "showings oversold", "too many callers", "audit"];
        let mut table = Table::new("", heads.map(str::to_owned).into_iter());
        for &part in &self.parts {
            let visits: Vec<_> = self.visits.iter().filter(|it| it.part == part).collect();
            let Some(last) = visits.last() else { continue };
            let points = self.points.iter().filter(|it| it.part == part);
            let clean = visits.iter().all(|it| it.audit.is_ok());
            table.row(
                part.title(),
                vec![
                    number(visits.iter().map(|it| it.confirmed).sum::<u64>() as f64),
                    points.map(|it| it.oversold).sum::<u64>().to_string(),
                    last.sell_out.to_string(),
                    if clean { "clean" } else { "NOT CLEAN" }.to_owned(),
                ],
            );
        }
        table
    }

    fn rows(&self) -> impl Iterator<Item = (Part, Scene)> {
        let scenes = || self.scenes.iter().copied();
        self.parts.iter().flat_map(move |&part| scenes().map(move |scene| (part, scene)))
    }

    fn floor(&self, callers: usize) -> Option<f64> {
        tables::median(self.floors_at(callers).map(|it| it.per_second))
    }

    /// The floor for so many callers: with no more clients than pgbench was run with.
    fn floors_at(&self, callers: usize) -> impl Iterator<Item = &Floor> {
        self.floors.iter().filter(move |it| it.clients == callers.min(MOST_CLIENTS))
    }

    fn at(&self, part: Part, scene: Scene, callers: usize) -> impl Iterator<Item = &Point> {
        let wanted = move |it: &&Point| (it.part, it.scene, it.callers) == (part, scene, callers);
        self.points.iter().filter(wanted)
    }

    fn median(
        &self,
        part: Part,
        scene: Scene,
        callers: usize,
        of: impl Fn(&Point) -> f64,
    ) -> Option<f64> {
        tables::median(self.at(part, scene, callers).map(of))
    }
}

/// What was not measured.
fn none() -> String {
    "–".to_owned()
}
