//! `boxoffice dead-letters`: events that a listener put aside, for an operator.

use anyhow::bail;
use boxoffice_eventing::dead_letters::{self, DeadLetter};
use boxoffice_kernel::{Clock, Context};
use boxoffice_runtime::Database;
use uuid::Uuid;

use crate::args::{DeadLetters, DeadLettersCommand, Stores};
use crate::{contexts, events, stores};

/// Letters listed of one listener, at most.
const MOST: u64 = 10_000;

pub(crate) async fn run(args: &DeadLetters) -> anyhow::Result<()> {
    match &args.command {
        DeadLettersCommand::List => list(&args.stores).await,
        DeadLettersCommand::Show { id } => show(&args.stores, *id).await,
        DeadLettersCommand::Replay { id: Some(id), .. } => replay(&args.stores, *id).await,
        DeadLettersCommand::Replay { id: None, listener } => {
            replay_all(&args.stores, *listener).await
        }
    }
}

/// Those whose event belongs to one booking.
pub(crate) async fn of(args: &Stores, booking: Uuid) -> anyhow::Result<Vec<DeadLetter>> {
    let mut letters = Vec::new();
    for (_, db) in databases(args).await? {
        letters.extend(dead_letters::list(&db.read, MOST).await?);
    }
    letters.retain(|letter| {
        let source = contexts::parse(&letter.source).ok();
        let event = source.and_then(|source| letter.message(source).ok());
        event.is_some_and(|event| event.correlation_id == booking)
    });
    Ok(letters)
}

async fn list(args: &Stores) -> anyhow::Result<()> {
    let mut count = 0;
    for (_, db) in databases(args).await? {
        for letter in dead_letters::list(&db.read, MOST).await? {
            count += 1;
            println!(
                "{}  {} <- {}  {}  {}  tried {} times, last {}{}",
                letter.id,
                letter.listener,
                letter.source,
                letter.name.as_deref().unwrap_or("unknown"),
                letter.reason,
                letter.attempts,
                letter.last_at.to_rfc3339(),
                if letter.replay_requested_at.is_some() { "  (replay asked for)" } else { "" },
            );
        }
    }
    println!("{count} dead letters");
    Ok(())
}

async fn show(args: &Stores, id: Uuid) -> anyhow::Result<()> {
    for (_, db) in databases(args).await? {
        if let Some(letter) = dead_letters::show(&db.read, id).await? {
            print(&letter);
            return Ok(());
        }
    }
    bail!("there is no dead letter {id}; `boxoffice dead-letters list` shows them")
}

async fn replay(args: &Stores, id: Uuid) -> anyhow::Result<()> {
    for (context, db) in databases(args).await? {
        if dead_letters::replay(&db.write, id, Clock.now()).await? {
            println!("{context} will try {id} again");
            return Ok(());
        }
    }
    bail!("there is no dead letter {id}; `boxoffice dead-letters list` shows them")
}

async fn replay_all(args: &Stores, only: Option<Context>) -> anyhow::Result<()> {
    for (context, db) in databases(args).await? {
        if only.is_none_or(|only| only == context) {
            let count = dead_letters::replay_all(&db.write, Clock.now()).await?;
            println!("{context} will try {count} again");
        }
    }
    Ok(())
}

async fn databases(args: &Stores) -> anyhow::Result<Vec<(Context, Database)>> {
    let mut databases = Vec::new();
    for context in contexts::all() {
        databases.push((context, stores::open(args, context).await?));
    }
    Ok(databases)
}

fn print(letter: &DeadLetter) {
    println!("id         {}", letter.id);
    println!("listener   {}", letter.listener);
    println!("source     {}", letter.source);
    println!("reason     {}", letter.reason);
    println!("error      {}", letter.error);
    println!("attempts   {}, first {}, last {}", letter.attempts, letter.first_at, letter.last_at);
    if let Some(trace) = letter.traceparent.as_deref().and_then(boxoffice_telemetry::trace_id_of) {
        println!("trace      {trace}");
    }
    for (name, value) in &letter.headers {
        println!("header     {name}: {value}");
    }
    println!("payload    {} bytes", letter.payload.len());
    let payload = |name| events::payload(name, &letter.payload);
    if let Some(json) = letter.name.as_deref().and_then(payload) {
        println!("{json:#}");
    }
}
