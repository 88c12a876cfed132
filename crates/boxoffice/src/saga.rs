//! `boxoffice saga`: one booking's story, and the bookings that wait, for customer care. Only reads.

mod page;
mod story;
mod waiting;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use boxoffice_booking::audit::Saga;
use boxoffice_kernel::{BookingId, Clock, Context, Time};
use boxoffice_seating::audit::Books;
use serde_json::{Value, json};

use self::story::Story;
use self::waiting::{Facts, Waiting};
use crate::args;
use crate::args::{SagaCommand, Stores};
use crate::stores;

pub(crate) async fn run(args: &args::Saga) -> anyhow::Result<()> {
    match &args.command {
        SagaCommand::Show { booking, json, jaeger_url, most } => {
            let story = Story::read(&args.stores, BookingId(*booking), *most).await?;
            if *json {
                println!("{:#}", page::json(&story));
            } else {
                print!("{}", page::text(&story, jaeger_url.as_ref()));
            }
        }
        SagaCommand::List { stuck, older, json } => {
            let now = Clock.now();
            let mut open = open(&args.stores, now).await?;
            if *stuck {
                let longest = older.as_secs().try_into().context("--older")?;
                open.retain(|(_, waiting)| {
                    !waiting.is_customer() && (now - waiting.since).num_seconds() >= longest
                });
            }
            open.sort_by_key(|(saga, waiting)| (waiting.since, saga.booking.id));
            list(&open, now, *json);
        }
    }
    Ok(())
}

/// Every booking that waits, once for each that it waits for.
async fn open(args: &Stores, now: Time) -> anyhow::Result<Vec<(Saga, Waiting)>> {
    let read = async |context| anyhow::Ok(stores::open(args, context).await?.read);
    let sagas = boxoffice_booking::audit::sagas(&read(Context::BOOKING).await?).await?;
    let books = Books::read(&read(Context::SEATING).await?).await?;
    let payments = boxoffice_payment::audit::payments(&read(Context::PAYMENT).await?).await?;
    let deliveries = boxoffice_delivery::audit::deliveries(&read(Context::DELIVERY).await?).await?;
    let licenses = boxoffice_streaming::audit::licenses(&read(Context::STREAMING).await?).await?;

    let holds: BTreeMap<_, _> = books.holds.iter().map(|it| (it.booking_id, it.state)).collect();
    let deliveries: BTreeMap<_, _> = deliveries.iter().map(|it| (it.booking_id, it)).collect();
    let licenses: BTreeMap<_, _> = licenses.iter().map(|it| (it.booking_id, it)).collect();
    let mut standings: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for payment in &payments {
        standings.entry(payment.booking_id).or_default().push(payment.standing);
    }
    let mut open = Vec::new();
    for saga in sagas {
        let id = saga.booking.id;
        let facts = Facts {
            hold: holds.get(&id).copied(),
            payments: standings.remove(&id).unwrap_or_default(),
            delivered: deliveries.get(&id).is_some_and(|it| it.is_live()),
            licensed: licenses.get(&id).is_some_and(|it| it.live),
        };
        open.extend(facts.waiting(&saga, now).into_iter().map(|it| (saga.clone(), it)));
    }
    Ok(open)
}

fn list(open: &[(Saga, Waiting)], now: Time, json: bool) {
    if json {
        let rows = open.iter().map(|(saga, waiting)| {
            let booking = &saga.booking;
            json!({
                "booking": booking.id.to_string(),
                "state": page::word(&booking.state),
                "waiting": page::waiting(waiting),
            })
        });
        println!("{:#}", rows.collect::<Value>());
        return;
    }
    for (saga, waiting) in open {
        let state = page::word(&saga.booking.state);
        println!("{}  {state:<16}  {}", saga.booking.id, waiting.told(now));
    }
    println!("{} waiting", open.len());
}

/// `2m 3s`: how long ago, as people say it.
fn ago(since: Time, now: Time) -> String {
    let seconds = (now - since).num_seconds().unsigned_abs();
    humantime::format_duration(Duration::from_secs(seconds)).to_string()
}
