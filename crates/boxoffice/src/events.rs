//! `boxoffice events`: what was said, as people read it.

use boxoffice_eventing::{Broker, Message};
use boxoffice_kernel::Context;
use prost_reflect::DynamicMessage;

use crate::args::Events;
use crate::{contexts, stores};

/// Prints the latest events of every stream, or of those asked for, in the order they happened.
pub(crate) async fn run(args: &Events) -> anyhow::Result<()> {
    let broker = stores::broker(&args.stores).await?;
    let mut events = Vec::new();
    for context in contexts::all() {
        if args.context.is_none_or(|only| only == context) {
            events.extend(latest(&*broker, context, args.last).await?);
        }
    }
    events.retain(|event| args.booking.is_none_or(|only| event.correlation_id == only));
    events.sort_by_key(|event| (event.time, event.id));
    for event in &events {
        print(event);
    }
    Ok(())
}

/// An event's payload as JSON, if it is one of our messages.
pub(crate) fn payload(name: &str, payload: &[u8]) -> Option<serde_json::Value> {
    let message = boxoffice_contracts::pool().get_message_by_name(name)?;
    let message = DynamicMessage::decode(message, payload).ok()?;
    serde_json::to_value(&message).ok()
}

async fn latest(broker: &dyn Broker, stream: Context, count: u64) -> anyhow::Result<Vec<Message>> {
    let end = broker.last_sequence(stream).await?;
    let mut events = Vec::new();
    for sequence in end.saturating_sub(count) + 1..=end {
        events.extend(broker.read(stream, sequence).await?);
    }
    Ok(events)
}

fn print(event: &Message) {
    let name = event.name.rsplit('.').next().unwrap_or_default();
    let payload = payload(&event.name, &event.payload).unwrap_or_default();
    println!("{}  {name:<20} {payload}", event.time.format("%Y-%m-%dT%H:%M:%S%.3fZ"));
}
