//! What was said, as it lies in the streams, and how it is told again.

use std::collections::{BTreeMap, BTreeSet};

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::{self, stream};
use boxoffice_acceptance::{CONTEXTS, Context, eventually};
use bytes::Bytes;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::index;

/// Everything said, by time.
pub(super) struct Recording {
    streams: BTreeMap<Context, stream::Config>,
    events: Vec<Event>,
}

/// One event, byte for byte.
#[derive(Clone)]
pub(super) struct Event {
    context: Context,
    name: String,
    headers: HeaderMap,
    payload: Bytes,
}

/// A run without one of these would not be worth recording.
const EVERYTHING: [&str; 28] = [
    "TitleRegistered",
    "ShowingScheduled",
    "ShowingRescheduled",
    "ShowingCancelled",
    "SeatsHeld",
    "SeatsSold",
    "SeatsReleased",
    "BookingPlaced",
    "PaymentRequested",
    "BookingConfirmed",
    "BookingRejected",
    "BookingExpired",
    "BookingCancelled",
    "BookingRescheduled",
    "PaymentApproved",
    "PaymentDeclined",
    "PaymentCancelled",
    "DeliveryStarted",
    "DeliveryCompleted",
    "DeliveryCancelled",
    "LicenseGranted",
    "TitleWatched",
    "LicenseRevoked",
    "ReviewPublished",
    "ReviewRemoved",
    "NoticeSent",
    "TitleUpdated",
    "TitleRemoved",
];

// === impl Recording ===

impl Recording {
    /// All that a broker has.
    pub(super) async fn of(broker: &str) -> Self {
        let broker = jetstream::new(async_nats::connect(broker).await.unwrap());
        let (mut streams, mut events) = (BTreeMap::new(), Vec::new());
        for context in CONTEXTS {
            // Who never says anything has none.
            let Ok(stream) = broker.get_stream(context.stream()).await else { continue };
            for sequence in 1..=stream.cached_info().state.last_sequence {
                let stored = stream.get_raw_message(sequence).await.unwrap();
                events.push(Event {
                    context,
                    name: stored.subject.to_string(),
                    headers: stored.headers,
                    payload: stored.payload,
                });
            }
            streams.insert(context, stream.cached_info().config.clone());
        }
        events.sort_by(|one, other| one.get("ce-time").cmp(other.get("ce-time")));
        Self { streams, events }
    }

    /// Checks that whatever may happen has happened.
    pub(super) fn has_everything(&self) {
        let said: BTreeSet<_> = self.events.iter().map(Event::short).collect();
        let missing: Vec<_> = EVERYTHING.iter().filter(|it| !said.contains(*it)).collect();
        assert!(missing.is_empty(), "nobody said {missing:?}");
    }

    /// Makes the streams that these listen to on another broker, with nothing in them.
    pub(super) async fn opens_streams(&self, broker: &str, listeners: &super::Listeners) {
        let broker = jetstream::new(async_nats::connect(broker).await.unwrap());
        for source in sources(listeners) {
            broker.create_stream(self.streams[&source].clone()).await.unwrap();
        }
    }

    /// Every event twice: each case backwards, then backwards once more, with all other cases in between. One in twenty is
    /// taken out with its copy, to come late.
    pub(super) fn disordered(&self, rng: &mut StdRng) -> (Vec<Event>, Vec<Event>) {
        let mut cases: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
        for event in &self.events {
            cases.entry(event.get("correlationid")).or_default().push(event);
        }
        let mut order = Vec::new();
        for case in cases.values() {
            let twice = case.iter().rev().chain(case.iter().rev());
            // Places at random, of which a case takes its own one after another.
            let mut places: Vec<u64> = twice.clone().map(|_| rng.random()).collect();
            places.sort_unstable();
            order.extend(places.into_iter().zip(twice));
        }
        order.sort_by_key(|(place, _)| *place);
        let number = self.events.len();
        let late = index::sample(rng, number, number.div_ceil(20)).into_iter();
        let late: BTreeSet<_> = late.map(|it| self.events[it].get("ce-id")).collect();
        let order = order.into_iter().map(|(_, event)| (*event).clone());
        order.partition(|event| !late.contains(event.get("ce-id")))
    }
}

// === impl Event ===

impl Event {
    fn get(&self, header: &str) -> &str {
        self.headers.get(header).unwrap().as_str()
    }

    fn short(&self) -> &str {
        self.name.rsplit('.').next().unwrap()
    }

    /// What it was published with, but for what was the relay's word to its broker: by that a copy would be dropped.
    fn told_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, values) in self.headers.iter() {
            if name.to_string().starts_with("Nats-") {
                continue;
            }
            for value in values {
                headers.append(name.clone(), value.clone());
            }
        }
        headers
    }
}

/// Tells these listeners what is for them, in this order.
pub(super) async fn tell(events: &[Event], broker: &str, listeners: &super::Listeners) {
    let (nats, sources) = (async_nats::connect(broker).await.unwrap(), sources(listeners));
    for event in events.iter().filter(|it| sources.contains(&it.context)) {
        let (headers, payload) = (event.told_headers(), event.payload.clone());
        let answer = nats.request_with_headers(event.name.clone(), headers, payload).await.unwrap();
        assert!(!answer.payload.starts_with(b"{\"error\""), "{:?}", answer.payload);
    }
}

/// Waits until these listeners have settled all they were told.
pub(super) async fn is_heard(broker: &str, listeners: &super::Listeners) {
    let broker = &jetstream::new(async_nats::connect(broker).await.unwrap());
    for (listener, sources) in listeners {
        for source in *sources {
            let durable = &format!("{listener}-{source}");
            eventually(&format!("{durable} has heard everything"), || async move {
                let stream = broker.get_stream(source.stream()).await.ok()?;
                let cursor = stream.get_consumer::<pull::Config>(durable).await.ok()?;
                let info = cursor.cached_info();
                (info.num_pending == 0 && info.num_ack_pending == 0).then_some(())
            })
            .await;
        }
    }
}

fn sources(listeners: &super::Listeners) -> BTreeSet<Context> {
    listeners.iter().flat_map(|(_, sources)| sources.iter().copied()).collect()
}
