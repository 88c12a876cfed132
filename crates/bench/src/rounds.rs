//! The run: every part after the other, as often as asked for.

mod overload;
mod sell_out;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::args::{Args, Part, Scene};
use crate::bed::{Bed, Ready};
use crate::callers::Callers;
use crate::machine::Machine;
use crate::pgbench::{Floor, Pgbench};
use crate::programme::Programme;
use crate::report::Report;
use crate::stores::Stores;
use crate::usage::{self, Cpu};

pub(crate) use self::sell_out::SellOut;

/// So many callers, for a while.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) part: Part,
    pub(crate) scene: Scene,
    pub(crate) callers: usize,
    /// Confirmed bookings, as the database has them.
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// From the last answer until every event had had its effect.
    pub(crate) rest: Duration,
    pub(crate) cpu: Cpu,
    /// In KiB.
    pub(crate) memory: BTreeMap<String, u64>,
    pub(crate) unexpected: BTreeMap<String, u64>,
    pub(crate) oversold: u64,
}

/// What one platform showed besides its speed.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) part: Part,
    pub(crate) ready: Ready,
    /// In KiB, before the first call.
    pub(crate) idle: BTreeMap<String, u64>,
    pub(crate) sell_out: SellOut,
    /// Bookings in the database at the end.
    pub(crate) confirmed: u64,
    /// The first line of it, or all of it if something is broken.
    pub(crate) audit: Result<String, String>,
}

/// From ready to what it needs when nobody calls.
const IDLE: Duration = Duration::from_secs(2);

/// Measures, prints, and writes the report; whether all was in order.
pub(crate) async fn run(args: &Args) -> Result<bool> {
    if args.overload {
        return overload::measure(args).await;
    }
    let machine = Machine::look()?;
    let mut report = Report::new(machine, args);
    for round in 1..=args.repeats() {
        for part in args.parts() {
            println!("\n=== {part}: {round} of {} ===", args.repeats());
            match part {
                Part::Pgbench => measure_floor(args, &mut report).await?,
                Part::Together | Part::Apart | Part::Embedded => {
                    measure(part, args, &mut report).await?;
                }
            }
        }
    }
    println!("\n{}", report.text());
    if let Some(file) = args.report() {
        report.write(file).with_context(|| format!("writing {}", file.display()))?;
        println!("written to {}", file.display());
    }
    Ok(report.is_in_order())
}

async fn measure_floor(args: &Args, report: &mut Report) -> Result<()> {
    let pgbench = Pgbench::start().await?;
    for clients in args.clients() {
        let floor: Floor = pgbench.measure(clients, args.warm_up(), args.span()).await?;
        println!(
            "{:4} clients: {:6.0} transactions/s, µs: {}",
            floor.clients,
            floor.per_second,
            spent(&floor.cpu),
        );
        report.floors.push(floor);
    }
    pgbench.stop().await
}

async fn measure(part: Part, args: &Args, report: &mut Report) -> Result<()> {
    let bed = Bed::start(part, &args.serve).await?;
    let measured = measure_on(&bed, part, args, report).await;
    if measured.is_err() {
        eprintln!("{}", bed.last_words());
    }
    measured?;
    bed.stop().await
}

async fn measure_on(bed: &Bed, part: Part, args: &Args, report: &mut Report) -> Result<()> {
    let stores = Stores::open(bed).await?;
    let callers = Callers::gather(bed)?;
    tokio::time::sleep(IDLE).await;
    let idle = usage::memory()?;
    for scene in args.scenes() {
        for &count in &args.callers {
            let programme = Programme::put_on(bed, scene).await?;
            let seen = callers.call(count, &programme, args.warm_up(), args.span()).await?;
            let rest = stores.rest().await?;
            let confirmed = stores.confirmed(seen.from, seen.until).await? as f64;
            let seconds = (seen.until - seen.from).as_seconds_f64();
            let point = Point {
                part,
                scene,
                callers: count,
                per_second: confirmed / seconds,
                p50: seen.percentile(0.50),
                p99: seen.percentile(0.99),
                rest,
                cpu: seen.usage.each(confirmed),
                unexpected: seen.unexpected(),
                memory: seen.memory,
                oversold: stores.oversold().await?,
            };
            println!("{}", point.line());
            report.points.push(point);
        }
    }
    let sell_out = SellOut::of(bed, &callers, &stores).await?;
    let audit = bed.audit().await?;
    let confirmed = stores.bookings("confirmed").await?;
    let visit = Visit { part, ready: bed.ready, idle, sell_out, confirmed, audit };
    println!("{}", visit.lines());
    report.visits.push(visit);
    Ok(())
}

// === impl Point ===

impl Point {
    fn line(&self) -> String {
        let Self { scene, callers, per_second, p50, p99, rest, .. } = self;
        let (p50, p99) = (p50.as_secs_f64() * 1e3, p99.as_secs_f64() * 1e3);
        let mut line = format!(
            "{callers:4} callers, {scene:<15}: {per_second:6.0} bookings/s, p50 {p50:5.1} ms, \
             p99 {p99:6.1} ms, rest after {:4} ms, µs: {}",
            rest.as_millis(),
            spent(&self.cpu),
        );
        if !self.unexpected.is_empty() {
            line += &format!("; other answers: {:?}", self.unexpected);
        }
        if self.oversold > 0 {
            line += &format!("; {} SHOWINGS OVERSOLD", self.oversold);
        }
        line
    }
}

// === impl Visit ===

impl Visit {
    fn lines(&self) -> String {
        let Self { sell_out, confirmed, ready, .. } = self;
        let audit = match &self.audit {
            Ok(text) => format!("audit clean: {}", text.lines().last().unwrap_or_default()),
            Err(text) => format!("AUDIT NOT CLEAN:\n{text}"),
        };
        format!(
            "ready after {} ms, again {} ms; {sell_out}; {confirmed} bookings confirmed; {audit}",
            ready.first.as_millis(),
            ready.again.as_millis(),
        )
    }

    /// Nothing oversold, nothing broken.
    pub(crate) fn is_in_order(&self) -> bool {
        self.audit.is_ok() && self.sell_out.is_exact()
    }
}

fn spent(cpu: &Cpu) -> String {
    let each: Vec<_> = cpu.iter().map(|(name, us)| format!("{name} {us:.0}")).collect();
    each.join(", ")
}
