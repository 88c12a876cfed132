//! Publishes a context's outbox, in order, one relay per context at a time.
//!
//! A row is marked only after the broker acknowledged it, and kept for a while after that: a broker
//! may lose its tail. Each event is published right behind the one before it, so a stream that is
//! not as the relay left it is noticed before anything is added to it. No transaction is open
//! while publishing.

mod lease;

use std::sync::Arc;
use std::time::Duration;

use boxoffice_kernel::fault::chain;
use boxoffice_kernel::{Clock, Context};
use chrono::{DateTime, TimeDelta};
use futures::StreamExt as _;
use sea_orm::{DatabaseConnection, DbErr};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::broker::{self, Broker};
use crate::message::Message;
use crate::metrics::Published;
use crate::steady::Steady;
use crate::{database, outbox};

use self::lease::Lease;

/// Events published without waiting for an acknowledgement, at most.
const WINDOW: u64 = 512;
/// How often the outbox is looked at when nobody says anything.
const POLL: Duration = Duration::from_millis(250);
/// How long events gather after a turn. The first of them never waits, and no caller waits for an event.
const GATHER: Duration = Duration::from_millis(20);
/// How often the relay looks whether the stream still has what it acknowledged, and forgets old
/// rows.
const HOUSEKEEPING: Duration = Duration::from_secs(2);
/// How often it looks where the stream ends before it takes a rest.
const FRUITLESS: u32 = 3;
/// How far the broker's clock may be from ours.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// Rows deleted at a time.
const FORGET: u64 = 500;
/// How many times in a row.
const ROUNDS: usize = 40;
/// The pause between two nudges.
const NUDGES: Duration = Duration::from_millis(5);

/// From the outbox to the stream. Built by a context, run by the server.
#[derive(Debug)]
pub struct Relay {
    context: Context,
    db: DatabaseConnection,
    broker: Arc<dyn Broker>,
    wake: Wake,
    clock: Clock,
    keep: Duration,
    stopping: CancellationToken,
    lease: Lease,
    /// Where the stream ends, as far as is known.
    end: Option<u64>,
    /// Turns in a row that found the stream moved and published nothing.
    fruitless: u32,
    kept_house: Instant,
    published: Published,
    is_of_booking: fn(&str) -> bool,
}

/// Told of every commit that left something in the outbox. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Notify>);

/// Why a turn of the relay did not work.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the outbox cannot be read or marked")]
    Store(#[from] DbErr),
    #[error("events cannot be published")]
    Broker(#[from] broker::Error),
}

/// What a turn of the relay came to.
enum Turn {
    /// There may be more.
    Busy,
    /// All there was is published.
    Caught,
    /// Nothing left to publish.
    Idle,
    /// Another relay is at it.
    Elsewhere,
}

// === impl Wake ===

impl Wake {
    /// For one context: its lanes tell, its relay hears.
    pub fn new() -> Self {
        Self::default()
    }

    /// There is something in the outbox. The lanes say so by themselves.
    pub fn committed(&self) {
        self.0.notify_one();
    }
}

// === impl Relay ===

impl Relay {
    /// How long acknowledged rows are kept.
    pub const KEEP: Duration = Duration::from_secs(600);

    /// The relay of `context`, whose database is `db`.
    pub fn new(
        context: Context,
        db: &DatabaseConnection,
        broker: &Arc<dyn Broker>,
        wake: &Wake,
    ) -> Self {
        Self {
            context,
            db: db.clone(),
            broker: Arc::clone(broker),
            wake: wake.clone(),
            clock: Clock,
            keep: Self::KEEP,
            stopping: CancellationToken::new(),
            lease: Lease::new("relay"),
            end: None,
            fruitless: 0,
            kept_house: Instant::now(),
            published: Published::by(context),
            is_of_booking: |_| false,
        }
    }

    /// Tells by its name whether an event is one of a booking, for the log.
    pub fn telling_bookings(mut self, is_of_booking: fn(&str) -> bool) -> Self {
        self.is_of_booking = is_of_booking;
        self
    }

    /// Keeps acknowledged rows this long instead of [`Relay::KEEP`]: longer than a broker may lose.
    pub fn keeping(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// Ends when `stopping` is cancelled, and leaves the lease to another at once.
    pub fn until(mut self, stopping: CancellationToken) -> Self {
        self.stopping = stopping;
        self
    }

    /// Publishes until stopped. Errors don't end it.
    pub async fn run(mut self) {
        let mut steady = Steady::new(format!("relay of {}", self.context));
        let mut nudges = self.broker.nudges(self.context).fuse();
        while !self.stopping.is_cancelled() {
            let turn = self.turn().await;
            match turn {
                Ok(Turn::Busy) => steady.well(),
                Ok(Turn::Caught) => {
                    steady.well();
                    self.gather().await;
                    self.wait(&mut nudges).await;
                }
                Ok(Turn::Idle) => {
                    steady.well();
                    self.wait(&mut nudges).await;
                }
                Ok(Turn::Elsewhere) => {
                    steady.well();
                    self.stand_by().await;
                }
                Err(error) => {
                    self.end = None;
                    steady.unwell(&chain(&error), &self.stopping).await;
                }
            }
        }
        let _ = self.lease.release(&self.db).await;
    }

    async fn turn(&mut self) -> Result<Turn, Error> {
        if !self.lease.hold(&self.db, self.clock.now()).await? {
            self.end = None;
            return Ok(Turn::Elsewhere);
        }
        if self.kept_house.elapsed() >= HOUSEKEEPING {
            self.keep_house().await?;
        }
        let (rows, mut messages) = outbox::unpublished(&self.db, self.context, WINDOW).await?;
        if messages.is_empty() {
            return Ok(Turn::Idle);
        }
        let end = match self.end {
            Some(end) => end,
            None => match self.look().await? {
                Some(end) => end,
                None => return Ok(Turn::Busy), // there is more to publish now
            },
        };
        let mut spans: Vec<Span> = messages.iter_mut().map(|it| self.sent_in_span(it)).collect();
        let published = self.broker.publish(self.context, end, &messages).await;
        for unsent in spans.drain(published.sequences.len()..) {
            boxoffice_telemetry::failed(&unsent, "not acknowledged");
        }
        let acknowledged = &rows[..published.sequences.len()];
        if let Some(&last) = published.sequences.iter().max() {
            self.end = Some(end.max(last));
            self.mark(acknowledged, end.max(last)).await?;
            for (message, span) in messages.iter().zip(&spans) {
                self.published.count(&message.name);
                self.said(message, span);
            }
        }
        self.fruitless = if acknowledged.is_empty() { self.fruitless + 1 } else { 0 };
        match published.failure {
            None if (messages.len() as u64) < WINDOW => Ok(Turn::Caught),
            None => Ok(Turn::Busy),
            // Copies of what is there already, or another's event: look where it ends, and go on.
            Some(broker::Error::Moved { .. }) if self.fruitless < FRUITLESS => {
                self.end = None;
                Ok(Turn::Busy)
            }
            Some(failure) => Err(failure.into()),
        }
    }

    /// The span of sending `message`, which whoever handles it is a child of; none if nobody's trace caused it.
    fn sent_in_span(&self, message: &mut Message) -> Span {
        let Some(caused_by) = message.traceparent.as_deref() else { return Span::none() };
        let span = tracing::info_span!(
            "send",
            otel.name = format_args!("send {}", message.name),
            otel.kind = "producer",
            messaging.system = self.broker.system(),
            messaging.operation.type = "send",
            messaging.destination.name = message.name,
            messaging.message.id = %message.id,
            messaging.message.conversation_id = %message.correlation_id,
        );
        boxoffice_telemetry::set_parent(&span, Some(caused_by));
        if let Some(sent_by) = span.in_scope(boxoffice_telemetry::current_traceparent) {
            message.traceparent = Some(sent_by);
        }
        span
    }

    /// The one line about what happened, in the log of whom it happened to. What belongs to no booking is what the box office
    /// sets up itself, hundreds at a time: it is there for whoever asks for more.
    fn said(&self, message: &Message, span: &Span) {
        let (event, id, about) = (&message.name, message.id, &message.aggregate_id);
        if (self.is_of_booking)(event) {
            let booking = message.correlation_id;
            tracing::info!(parent: span, event, event.id = %id, %about, booking.id = %booking, "said");
        } else {
            tracing::debug!(parent: span, event, event.id = %id, %about, "said");
        }
    }

    /// In one short transaction, so that the lease always knows what the broker acknowledged.
    async fn mark(&mut self, rows: &[i64], end: u64) -> Result<(), DbErr> {
        let now = self.clock.now();
        let tx = database::begin(&self.db).await?;
        self.lease.advance(&tx, end, now).await?;
        outbox::acknowledge(&tx, rows, now).await?;
        tx.commit().await
    }

    /// Where the stream ends. `None`: not where it should, and the kept rows that were acknowledged
    /// since its last event are unpublished again.
    async fn look(&mut self) -> Result<Option<u64>, Error> {
        let end = self.broker.last_sequence(self.context).await?;
        let acknowledged = self.lease.end();
        if end >= acknowledged {
            self.end = Some(end);
            return Ok(Some(end));
        }
        // Cursors first: once the stream has grown again, one ahead of it can't be told any more.
        self.broker.rewind(self.context).await?;
        let last = self.broker.last_time(self.context).await?;
        let since = last.map_or(DateTime::UNIX_EPOCH, |last| last - SKEW);
        let tx = database::begin(&self.db).await?;
        self.lease.set_end(&tx, end).await?;
        let recalled = outbox::recall(&tx, since).await?;
        tx.commit().await?;
        let context = self.context;
        tracing::error!(%context, end, acknowledged, recalled, "broker lost events, publishing again");
        Ok(None)
    }

    /// Looks whether the stream still has what it acknowledged; if so, forgets old rows.
    async fn keep_house(&mut self) -> Result<(), Error> {
        self.kept_house = Instant::now();
        if self.look().await?.is_none() {
            return Ok(());
        }
        let old = self.clock.now() - self.keep;
        for _ in 0..ROUNDS {
            if outbox::forget(&self.db, old, FORGET).await? < FORGET {
                break;
            }
        }
        Ok(())
    }

    /// Under load a turn costs much the same for one event as for many.
    async fn gather(&self) {
        tokio::select! {
            () = tokio::time::sleep(GATHER) => {}
            () = self.stopping.cancelled() => {}
        }
    }

    async fn wait(&self, nudges: &mut (impl futures::stream::FusedStream<Item = ()> + Unpin)) {
        tokio::select! {
            () = self.wake.0.notified() => {}
            Some(()) = nudges.next() => {}
            () = tokio::time::sleep(POLL) => {}
            () = self.stopping.cancelled() => {}
        }
    }

    /// Another relay publishes: tells it what this replica commits, and in a while looks whether
    /// its lease ran out.
    async fn stand_by(&self) {
        let look = tokio::time::sleep(POLL * 2);
        tokio::pin!(look);
        loop {
            tokio::select! {
                () = self.wake.0.notified() => {
                    self.broker.nudge(self.context).await;
                    tokio::time::sleep(NUDGES).await;
                }
                () = &mut look => return,
                () = self.stopping.cancelled() => return,
            }
        }
    }
}
