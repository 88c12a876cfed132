//! The load: customers who book and pay in one call, as many at once as asked for.
//!
//! Cheap on purpose: one thread, few connections, tokens that are used again, no task per caller.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use boxoffice_contracts::booking::v1::booking_service_client::BookingServiceClient;
use boxoffice_contracts::booking::v1::{BookingState, PlaceBookingRequest};
use boxoffice_kernel::{Clock, Context, Time};
use futures::future::join_all;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};

use crate::bed::Bed;
use crate::programme::Programme;
use crate::usage::{self, Usage};

/// Everybody who may call.
#[derive(Debug)]
pub(crate) struct Callers {
    lines: Vec<BookingServiceClient<Channel>>,
    tokens: Vec<MetadataValue<Ascii>>,
}

/// What the callers saw while it was measured, and what that cost.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) from: Time,
    pub(crate) until: Time,
    /// Until the whole call was answered, sorted.
    latencies: Vec<Duration>,
    /// How often each state or error was the answer.
    pub(crate) answers: BTreeMap<String, u64>,
    pub(crate) usage: Usage,
    /// At the end, in KiB.
    pub(crate) memory: BTreeMap<String, u64>,
}

/// Connections, at most.
const LINES: usize = 8;
/// Customers; each of them calls from many places at once.
const CUSTOMERS: usize = 64;
/// Longer than any deadline inside the platform.
const PATIENCE: Duration = Duration::from_secs(30);

// === impl Callers ===

impl Callers {
    pub(crate) fn gather(bed: &Bed) -> Result<Self> {
        let endpoint = Endpoint::from_shared(bed.url(Context::BOOKING).to_owned())?;
        let endpoint = endpoint.timeout(PATIENCE).tcp_nodelay(true);
        let line = |_| BookingServiceClient::new(endpoint.connect_lazy());
        let token = |customer: usize| -> Result<MetadataValue<Ascii>> {
            let token = bed.issuer.token(&format!("customer-{customer}"), &["customer"])?;
            format!("Bearer {token}").parse().context("a token that is no header")
        };
        Ok(Self {
            lines: (0..LINES).map(line).collect(),
            tokens: (0..CUSTOMERS).map(token).collect::<Result<_>>()?,
        })
    }

    /// So many call, each again as soon as they are answered, first unmeasured, then measured.
    pub(crate) async fn call(
        &self,
        callers: usize,
        programme: &Programme,
        warm_up: Duration,
        span: Duration,
    ) -> Result<Seen> {
        let counts_from = Instant::now() + warm_up;
        let ends = counts_from + span;
        let noted = RefCell::new((Vec::new(), BTreeMap::new()));
        let caller = async |number: usize| {
            while Instant::now() < ends {
                let began = Instant::now();
                let answer = self.place(number, programme.next()).await;
                if began >= counts_from && began < ends {
                    let (latencies, answers) = &mut *noted.borrow_mut();
                    latencies.push(began.elapsed());
                    *answers.entry(answer).or_insert(0) += 1;
                }
            }
        };
        let watch = async {
            tokio::time::sleep_until(counts_from.into()).await;
            let (from, before) = (Clock.now(), Usage::now()?);
            tokio::time::sleep_until(ends.into()).await;
            let (until, usage) = (Clock.now(), Usage::now()?.since(&before));
            anyhow::Ok((from, until, usage, usage::memory()?))
        };
        let (watched, _) = tokio::join!(watch, join_all((0..callers).map(caller)));
        let (from, until, usage, memory) = watched?;
        let (mut latencies, answers) = noted.into_inner();
        latencies.sort_unstable();
        Ok(Seen { from, until, latencies, answers, usage, memory })
    }

    /// Books once; the state it came to, or why it did not.
    pub(crate) async fn place(&self, caller: usize, wish: PlaceBookingRequest) -> String {
        let mut request = Request::new(wish);
        let token = self.tokens[caller % self.tokens.len()].clone();
        request.metadata_mut().insert("authorization", token);
        let mut line = self.lines[caller % self.lines.len()].clone();
        match line.place_booking(request).await {
            Ok(answer) => match answer.into_inner().booking {
                Some(booking) => booking.state().as_str_name().to_owned(),
                None => "no booking".to_owned(),
            },
            Err(status) => format!("{:?}: {}", status.code(), status.message()),
        }
    }
}

// === impl Seen ===

impl Seen {
    /// The latency that this share of the calls does not exceed.
    pub(crate) fn percentile(&self, share: f64) -> Duration {
        let at = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(at).or_else(|| self.latencies.last()).copied().unwrap_or_default()
    }

    /// Answers other than a confirmed booking.
    pub(crate) fn unexpected(&self) -> BTreeMap<String, u64> {
        let confirmed = BookingState::Confirmed.as_str_name();
        let others = self.answers.iter().filter(|(answer, _)| *answer != confirmed);
        others.map(|(answer, times)| (answer.clone(), *times)).collect()
    }
}
