//! Takes a person out of everything. Each context in a transaction of its own, then the streams; over again until nothing of theirs was
//! found, for an event in flight may have brought something back.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use boxoffice_booking::privacy as booking;
use boxoffice_eventing::{Broker, database, privacy as eventing};
use boxoffice_kernel::{Context, CustomerId, Kind, steps};
use boxoffice_runtime::Database;
use boxoffice_runtime::privacy::{Erasure, Known};
use sea_orm::DbErr;

use super::{Everybody, said};
use crate::args::Stores;
use crate::stores::{self, LOOK};

/// Rounds until nothing of theirs may be found any more.
const ROUNDS: u32 = 50;
/// Tries of what somebody else stands in the way of, with a pause between.
const TRIES: u32 = 30;

/// What is to be erased, and where from.
struct Work<'a> {
    everybody: &'a Everybody,
    broker: &'a dyn Broker,
    erasure: Erasure,
    /// Up to where each stream was looked through.
    read: BTreeMap<Context, u64>,
}

pub(super) async fn run(args: &Stores, who: &CustomerId, yes: bool) -> anyhow::Result<()> {
    let everybody = Everybody::open(args).await?;
    let broker = stores::broker(args).await?;
    let db = everybody.booking()?;
    let known = everybody.know(who).await?;
    let begun = booking::begun(&db.read, who).await?;
    let events = said_of(&everybody, &*broker, who).await?;
    if known.is_empty() && events == 0 && begun.is_none() {
        println!("nothing is known of {who}");
        return Ok(());
    }
    preview(&known, events);
    refuse_unsettled(&known, who)?;
    if !yes {
        println!("nothing was changed; --yes does it");
        return Ok(());
    }
    let erasure = booking::begin(&db.write, who).await?;
    let pseudonym = erasure.pseudonym.clone();
    let read = BTreeMap::new();
    Work { everybody: &everybody, broker: &*broker, erasure, read }.run().await?;
    booking::done(&db.write, who).await?;
    patiently(async || database::scrub(&db.write).await).await?;
    println!("{who} is erased; what stays is of {pseudonym}");
    Ok(())
}

/// How many events are theirs.
async fn said_of(
    everybody: &Everybody,
    broker: &dyn Broker,
    who: &CustomerId,
) -> anyhow::Result<usize> {
    let erasure = Erasure { who: who.clone(), pseudonym: CustomerId::new("") };
    let mut count = 0;
    for (member, _) in &everybody.0 {
        count += said::theirs(broker, member.context, 1, &erasure).await?.0.len();
    }
    Ok(count)
}

fn preview(known: &[(Context, Known)], events: usize) {
    for (context, known) in known {
        for (table, rows) in &known.tables {
            println!("{context}: {} {table}", rows.len());
        }
    }
    println!("streams: {events} events");
    println!(
        "names, contact, methods of payment, texts and notices go; ids, seats, sums and states stay, nobody's"
    );
}

fn refuse_unsettled(known: &[(Context, Known)], who: &CustomerId) -> anyhow::Result<()> {
    let reasons: Vec<_> = known.iter().flat_map(|(_, known)| &known.unsettled).collect();
    if let Some(first) = reasons.first() {
        for reason in &reasons {
            println!("needs them still: {reason}");
        }
        bail!("{who} cannot be erased yet: {first} ({} such things in all)", reasons.len());
    }
    Ok(())
}

// === impl Work ===

impl Work<'_> {
    async fn run(mut self) -> anyhow::Result<()> {
        for _ in 0..ROUNDS {
            if self.round().await? == 0 {
                return self.scrub().await;
            }
            tokio::time::sleep(LOOK).await;
        }
        bail!("their data keeps coming; let them do nothing for a moment, and run this again")
    }

    /// Says how much of theirs was found.
    async fn round(&mut self) -> anyhow::Result<u64> {
        let look = |name: &str, payload: &[u8]| said::look(&self.erasure, name, payload);
        let mut found = 0;
        for (member, db) in &self.everybody.0 {
            let context = member.context;
            let rows = patiently(async || member.privacy.forget(db, &self.erasure).await);
            found += rows.await.with_context(|| format!("the rows of {context}"))?;
            let unsaid = patiently(async || eventing::erase(&db.write, &look).await);
            found += unsaid.await.with_context(|| format!("the outbox of {context}"))?;
            steps::after(&format!("erase-{context}"));
        }
        for (member, _) in &self.everybody.0 {
            let from = self.read.get(&member.context).map_or(1, |read| read + 1);
            let (theirs, end) =
                said::theirs(self.broker, member.context, from, &self.erasure).await?;
            if !theirs.is_empty() {
                self.broker.replace(member.context, &theirs).await?;
            }
            found += theirs.len() as u64;
            self.read.insert(member.context, end);
        }
        Ok(found)
    }

    async fn scrub(&self) -> anyhow::Result<()> {
        for (_, db) in &self.everybody.0 {
            patiently(async || database::scrub(&db.write).await).await?;
        }
        Ok(self.broker.scrub().await?)
    }
}

/// Goes on as long as others are only in the way.
async fn patiently<T>(work: impl AsyncFn() -> Result<T, DbErr>) -> Result<T, DbErr> {
    for _ in 1..TRIES {
        match work().await {
            Err(error) if database::kind(&error) == Kind::Conflict => {
                tokio::time::sleep(LOOK).await;
            }
            outcome => return outcome,
        }
    }
    work().await
}

// === impl Everybody ===

impl Everybody {
    /// Where it is noted who is being erased.
    fn booking(&self) -> anyhow::Result<&Database> {
        let booking = self.0.iter().find(|(member, _)| member.context == Context::BOOKING);
        booking.map(|(_, db)| db).context("there is no booking")
    }
}
