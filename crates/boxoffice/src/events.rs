//! `boxoffice events`: what was said, as people read it.

use std::ops::Range;

use boxoffice_eventing::{Broker, Message};
use boxoffice_kernel::{Context, Time};
use chrono::TimeDelta;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use prost_reflect::DynamicMessage;
use uuid::Uuid;

use crate::args::{Events, Stores};
use crate::{contexts, stores};

/// Events asked for at once.
const AT_ONCE: usize = 32;

/// By how much two clocks may differ.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// Prints the latest events of every stream, or of those asked for, in the order they happened.
pub(crate) async fn run(args: &Events) -> anyhow::Result<()> {
    let broker = stores::broker(&args.stores).await?;
    let mut events = Vec::new();
    for context in contexts::all() {
        if args.context.is_none_or(|only| only == context) {
            let end = broker.last_sequence(context).await?;
            let first = end.saturating_sub(args.last) + 1;
            events.extend(read(&*broker, context, first..end + 1).await?);
        }
    }
    events.retain(|event| args.booking.is_none_or(|only| event.correlation_id == only));
    events.sort_by_key(|event| (event.time, event.id));
    for event in &events {
        print(event);
    }
    Ok(())
}

/// What was said of one booking since it was placed, by everybody, in the order it happened; `most` events of each
/// stream are looked at.
pub(crate) async fn since(
    args: &Stores,
    booking: Uuid,
    placed_at: Time,
    most: u64,
) -> anyhow::Result<Vec<Message>> {
    let broker = stores::broker(args).await?;
    let mut events = Vec::new();
    for context in contexts::all() {
        let end = broker.last_sequence(context).await? + 1;
        let first = first_at(&*broker, context, end, placed_at - SKEW).await?;
        let said = read(&*broker, context, first..end.min(first.saturating_add(most))).await?;
        events.extend(said.into_iter().filter(|event| event.correlation_id == booking));
    }
    events.sort_by_key(|event| (event.time, event.id));
    Ok(events)
}

/// An event's payload as JSON, if it is one of our messages.
pub(crate) fn payload(name: &str, payload: &[u8]) -> Option<serde_json::Value> {
    let message = boxoffice_contracts::pool().get_message_by_name(name)?;
    let message = DynamicMessage::decode(message, payload).ok()?;
    serde_json::to_value(&message).ok()
}

async fn read(
    broker: &dyn Broker,
    stream: Context,
    sequences: Range<u64>,
) -> anyhow::Result<Vec<Message>> {
    let reads = stream::iter(sequences).map(|sequence| broker.read(stream, sequence));
    Ok(reads.buffered(AT_ONCE).try_filter_map(async |it| Ok(it)).try_collect().await?)
}

/// The place of the first event said at `time` or later, by halves: a stream is in the order of time.
async fn first_at(
    broker: &dyn Broker,
    stream: Context,
    end: u64,
    time: Time,
) -> anyhow::Result<u64> {
    let (mut before, mut after) = (1, end);
    while before < after {
        let middle = before + (after - before) / 2;
        let mut seen = middle;
        // What is not there tells no time: ask the next one.
        let event = loop {
            match broker.read(stream, seen).await? {
                None if seen + 1 < after => seen += 1,
                found => break found,
            }
        };
        match event {
            Some(event) if event.time < time => before = seen + 1,
            Some(_) | None => after = middle,
        }
    }
    Ok(before)
}

fn print(event: &Message) {
    let name = event.name.rsplit('.').next().unwrap_or_default();
    let payload = payload(&event.name, &event.payload).unwrap_or_default();
    println!("{}  {name:<20} {payload}", event.time.format("%Y-%m-%dT%H:%M:%S%.3fZ"));
}
