//! Settles what no caller waits for: attempts nobody heard the end of, and refunds (NFR-06, FR-44).
//! Every replica has one; a claim in the row keeps two from asking about the same payment at once.

use std::time::Duration;

use boxoffice_kernel::fault::chain;
use boxoffice_kernel::{BookingId, Fault as _, PaymentId};
use boxoffice_runtime::Stopping;
use boxoffice_telemetry::{failed, taken_up};
use futures::{StreamExt as _, stream};
use tracing::{Instrument as _, Span, error, info, warn};

use crate::commands::{ClaimPayment, Command};
use crate::config::Config;
use crate::settlement::Urgency;
use crate::{App, Error, queries};

/// How long to leave the store alone when it does not answer.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Takes due payments in hand until the server stops.
#[derive(Debug)]
pub(crate) struct Worker {
    app: App,
    batch: u32,
    concurrency: usize,
    poll: Duration,
    stopping: Stopping,
}

/// What became of the payments of one turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Turn {
    found: usize,
    settled: usize,
    unanswered: usize,
}

/// What became of one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Settled,
    Unanswered,
    /// Another replica has it, or it could not be saved; it comes again.
    Nothing,
}

// === impl Turn ===

impl Turn {
    fn and(self, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Settled => Self { settled: self.settled + 1, ..self },
            Outcome::Unanswered => Self { unanswered: self.unanswered + 1, ..self },
            Outcome::Nothing => self,
        }
    }
}

// === impl Worker ===

impl Worker {
    pub(crate) fn new(app: App, config: &Config, stopping: Stopping) -> Self {
        Self {
            app,
            batch: config.batch.max(1),
            concurrency: config.concurrency.max(1),
            poll: config.poll,
            stopping,
        }
    }

    /// While the provider does not answer, a turn is one payment: enough to see it come back.
    pub(crate) async fn run(self) {
        let mut limit = self.batch;
        while !self.stopping.is_stopping() {
            let pause = match self.turn(limit).await {
                Ok(turn) => {
                    let more = turn.settled > 0 && turn.found >= limit as usize;
                    limit = if turn.unanswered > 0 { 1 } else { self.batch };
                    if more { Duration::ZERO } else { self.poll }
                }
                Err(error) => {
                    warn!(error = chain(&error), "payments that are due cannot be read");
                    STORE_PAUSE
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stopping.stopped() => {}
            }
        }
    }

    async fn turn(&self, limit: u32) -> Result<Turn, Error> {
        let App { db, clock, .. } = &self.app;
        let due = queries::due(&db.read, clock.now(), limit).await?;
        let turn = Turn { found: due.len(), ..Turn::default() };
        let turn = stream::iter(due)
            .take_until(self.stopping.stopped())
            .map(|due| {
                let span = taken_up("settle payment", due.booking_id, due.traceparent.as_deref());
                self.take(due.booking_id, due.payment_id).instrument(span)
            })
            .buffer_unordered(self.concurrency)
            .fold(turn, async |turn, outcome| turn.and(outcome))
            .await;
        if turn.unanswered > 0 {
            warn!(payments = turn.unanswered, "payments wait for the provider");
        }
        Ok(turn)
    }

    async fn take(&self, booking_id: BookingId, payment_id: PaymentId) -> Outcome {
        match self.settle(booking_id, payment_id).await {
            Ok(true) => Outcome::Settled,
            Ok(false) => Outcome::Nothing,
            Err(Error::Unanswered(unanswered)) if unanswered.is_outage() => {
                failed(&Span::current(), "unanswered");
                Outcome::Unanswered
            }
            Err(error) => {
                failed(&Span::current(), error.reason());
                error!(payment.id = %payment_id, error = chain(&error), "payment not settled");
                Outcome::Nothing
            }
        }
    }

    /// `false`: it was not due any more.
    async fn settle(&self, booking_id: BookingId, payment_id: PaymentId) -> Result<bool, Error> {
        let claim = Command::Claim(ClaimPayment { booking_id, payment_id });
        let Some(payment) = self.app.lanes.ask_timer(claim).await? else { return Ok(false) };
        let payment = self.app.settle(payment, Urgency::Worker).await?;
        info!(payment.id = %payment_id, state = payment.state.name(), "payment settled");
        Ok(true)
    }
}
