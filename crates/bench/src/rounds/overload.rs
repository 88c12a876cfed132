//! Ten times as many callers as one process has room for: what that costs those who are let in, and those who are not.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use futures::future::join_all;

use crate::args::{Args, Part, Scene};
use crate::bed::Bed;
use crate::callers::Callers;
use crate::programme::Programme;
use crate::stores::Stores;

/// Room for so many calls of booking at once.
const ROOM: usize = 64;

/// Callers who have the process to themselves.
const FEW: usize = 8;

/// When somebody who was refused comes back at the latest: they are told from half a second to this.
const HINT: Duration = Duration::from_millis(1_500);

/// How it begins if there was no room.
const REFUSED: &str = "ResourceExhausted";

/// How long so many callers waited, sorted.
#[derive(Default)]
struct Waits {
    accepted: Vec<Duration>,
    refused: Vec<Duration>,
    others: Vec<String>,
}

/// Measures one process with everything embedded, and prints a table; whether all was in order.
pub(super) async fn measure(args: &Args) -> Result<bool> {
    let flags = [args.serve.clone(), vec![format!("max-calls={ROOM}")]].concat();
    let bed = Bed::start(Part::Embedded, &flags).await?;
    let stores = Stores::open(&bed).await?;
    let callers = Callers::gather(&bed)?;
    println!(
        "| callers | bookings/s | let in: p50 / p99 | p99 ÷ unloaded | refused/s | refused: p50 / p99 |"
    );
    println!("|---:|---:|---:|---:|---:|---:|");
    let mut unloaded = None;
    for count in [FEW, ROOM, 10 * ROOM] {
        let programme = Programme::put_on(&bed, Scene::Spread).await?;
        let waits = Waits::of(count, &callers, &programme, args).await;
        if !waits.others.is_empty() {
            bail!("neither booked nor refused: {:?}\n{}", waits.others, bed.last_words());
        }
        stores.rest().await?;
        let p99 = at(&waits.accepted, 0.99);
        let unloaded = *unloaded.get_or_insert(p99);
        println!("| {count} | {} |", waits.row(unloaded, args.span()));
    }
    let oversold = stores.oversold().await?;
    let audit = bed.audit().await?;
    bed.stop().await?;
    println!(
        "\n{oversold} showings oversold; audit: {}",
        if audit.is_ok() { "clean" } else { "NOT CLEAN" }
    );
    Ok(oversold == 0 && audit.is_ok())
}

// === impl Waits ===

impl Waits {
    /// So many call, each again as soon as they are answered, or when they were told to.
    async fn of(count: usize, callers: &Callers, programme: &Programme, args: &Args) -> Self {
        let counts_from = Instant::now() + args.warm_up();
        let ends = counts_from + args.span();
        let waits = RefCell::new(Self::default());
        let caller = async |number: usize| {
            while Instant::now() < ends {
                let began = Instant::now();
                let answer = callers.place(number, programme.next()).await;
                let (took, counts) = (began.elapsed(), began >= counts_from && began < ends);
                let is_refused = answer.starts_with(REFUSED);
                if counts {
                    waits.borrow_mut().note(answer, took);
                }
                if is_refused {
                    let share = (number % 100) as f64 / 150.0;
                    tokio::time::sleep(HINT.mul_f64(1.0 - share)).await;
                }
            }
        };
        join_all((0..count).map(caller)).await;
        let mut waits = waits.into_inner();
        waits.accepted.sort_unstable();
        waits.refused.sort_unstable();
        waits
    }

    fn note(&mut self, answer: String, took: Duration) {
        if answer.starts_with(REFUSED) {
            self.refused.push(took);
        } else if answer == "BOOKING_STATE_CONFIRMED" {
            self.accepted.push(took);
        } else {
            self.others.push(answer);
        }
    }

    fn row(&self, unloaded: Duration, span: Duration) -> String {
        let per_second = |waits: &[Duration]| waits.len() as f64 / span.as_secs_f64();
        let ms = |waits: &[Duration], share| at(waits, share).as_secs_f64() * 1e3;
        let slower = at(&self.accepted, 0.99).as_secs_f64() / unloaded.as_secs_f64();
        let refused = match &*self.refused {
            [] => "– | –".to_owned(),
            waits => format!(
                "{:.0} | {:.1} / {:.1} ms",
                per_second(waits),
                ms(waits, 0.5),
                ms(waits, 0.99)
            ),
        };
        format!(
            "{:.0} | {:.0} / {:.0} ms | × {slower:.1} | {refused}",
            per_second(&self.accepted),
            ms(&self.accepted, 0.5),
            ms(&self.accepted, 0.99),
        )
    }
}

/// The wait that this share of them does not exceed.
fn at(waits: &[Duration], share: f64) -> Duration {
    let at = (waits.len() as f64 * share) as usize;
    waits.get(at).or_else(|| waits.last()).copied().unwrap_or_default()
}
