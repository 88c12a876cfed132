//! Hands the events of one context to another's policies, and does what their faults say.
//!
//! What is fetched together is handed in together, in order, so that the lanes handle it in one
//! transaction. Nothing waits for a slow one: it is settled when it is done, up to a bound.

mod handling;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_kernel::fault::chain;
use boxoffice_kernel::{Clock, Context, Fault};
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use sea_orm::DatabaseConnection;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::broker::{Broker, Delivery, Error, Outcome, Receipt, Subscription};
use crate::message::Message;
use crate::metrics::Handled;
use crate::steady::Steady;

use self::handling::Handling;

/// Events in hand at a time, at most.
const IN_HAND: usize = 256;
/// How often it looks for replays an operator asked for.
const REPLAYS: Duration = Duration::from_secs(1);
/// How long what is in hand may take when the listener stops.
const GRACE: Duration = Duration::from_secs(5);

/// One context listening to another. Built by a context, run by the server.
pub struct Listener {
    context: Context,
    source: Context,
    durable: String,
    db: DatabaseConnection,
    broker: Arc<dyn Broker>,
    clock: Clock,
    handled: Handled,
    stopping: CancellationToken,
}

// === impl Listener ===

impl Listener {
    /// `context`, whose database is `db`, listens to `source`. Its durable is `context-source`.
    pub fn new(
        context: Context,
        source: Context,
        db: &DatabaseConnection,
        broker: &Arc<dyn Broker>,
    ) -> Self {
        Self {
            context,
            source,
            durable: Self::durable(context, source),
            db: db.clone(),
            broker: Arc::clone(broker),
            clock: Clock,
            handled: Handled::by(context, source),
            stopping: CancellationToken::new(),
        }
    }

    /// The name of the durable cursor with which `context` reads `source`: `mypage-booking`.
    /// Another name would read the whole stream again.
    pub fn durable(context: Context, source: Context) -> String {
        format!("{context}-{source}")
    }

    /// Ends when `stopping` is cancelled, once what is in hand is settled (5 s at most).
    pub fn until(mut self, stopping: CancellationToken) -> Self {
        self.stopping = stopping;
        self
    }

    /// Hands every event to `handle`, in order, many at a time, until stopped. Errors don't end it.
    ///
    /// `handle` answers `Ok` when the event has had its effect or is none of its business. Its
    /// fault's [`verdict`](boxoffice_kernel::Kind::verdict) decides: again later, or aside.
    pub async fn run<H, F, E>(self, handle: H)
    where
        H: Fn(Message) -> F + Send + Sync,
        F: Future<Output = Result<(), E>> + Send,
        E: Fault,
    {
        let mut steady = Steady::new(format!("listener {}", self.durable));
        while !self.stopping.is_cancelled() {
            let outcome = match self.broker.subscribe(self.source, &self.durable).await {
                Ok(mut subscription) => {
                    let outcome = self.listen(&mut *subscription, &handle, &mut steady).await;
                    subscription.close().await;
                    outcome
                }
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                steady.unwell(&chain(&error), &self.stopping).await;
            }
        }
    }

    async fn listen<H, F, E>(
        &self,
        subscription: &mut dyn Subscription,
        handle: &H,
        steady: &mut Steady,
    ) -> Result<(), Error>
    where
        H: Fn(Message) -> F + Send + Sync,
        F: Future<Output = Result<(), E>> + Send,
        E: Fault,
    {
        let handling = self.handling();
        let mut in_hand = FuturesUnordered::new();
        let mut replays = tokio::time::interval_at(Instant::now() + REPLAYS, REPLAYS);
        replays.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut grace = None;
        loop {
            if self.stopping.is_cancelled() {
                let end = *grace.get_or_insert_with(|| Instant::now() + GRACE);
                if in_hand.is_empty() || Instant::now() >= end {
                    return Ok(());
                }
            }
            let room = IN_HAND - in_hand.len();
            let open = room > 0 && !self.stopping.is_cancelled();
            tokio::select! {
                biased;
                Some(settled) = in_hand.next(), if !in_hand.is_empty() => {
                    let mut settled: Vec<(Receipt, Outcome)> = vec![settled];
                    while let Some(Some(more)) = in_hand.next().now_or_never() {
                        settled.push(more);
                    }
                    subscription.settle(settled).await?;
                }
                _ = replays.tick(), if open => handling.replay(handle).await,
                fetched = subscription.fetch(room), if open => {
                    let fetched: Vec<Delivery> = fetched?;
                    steady.well();
                    in_hand.extend(fetched.into_iter().map(|it| handling.take(it, handle)));
                }
                () = self.stopping.cancelled(), if !self.stopping.is_cancelled() => {}
                () = tokio::time::sleep(GRACE), if self.stopping.is_cancelled() => {}
            }
        }
    }

    fn handling(&self) -> Handling<'_> {
        Handling {
            context: self.context,
            source: self.source,
            db: &self.db,
            clock: self.clock,
            handled: &self.handled,
            system: self.broker.system(),
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&self.durable).finish()
    }
}
