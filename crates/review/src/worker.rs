//! Settles what no author waits for: reviews that were kept while booking did not answer (NFR-08).
//! Every replica has one; a claim in the row keeps two from asking about the same review at once.

use std::time::Duration;

use boxoffice_kernel::fault::chain;
use boxoffice_kernel::{ReviewId, TitleId};
use boxoffice_runtime::Stopping;
use futures::{StreamExt as _, stream};
use tracing::{error, info, warn};

use crate::commands::{ClaimReview, Command};
use crate::config::Config;
use crate::publishing::Urgency;
use crate::{App, Error, queries};

/// How long to leave the store alone when it does not answer.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Takes due reviews in hand until the server stops.
#[derive(Debug)]
pub(crate) struct Worker {
    app: App,
    batch: u32,
    concurrency: usize,
    poll: Duration,
    stopping: Stopping,
}

/// What became of the reviews of one turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Turn {
    found: usize,
    settled: usize,
    unanswered: usize,
}

/// What became of one review.
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

    /// While booking does not answer, a turn is one review: enough to see it come back.
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
                    warn!(error = chain(&error), "reviews that are due cannot be read");
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
            .map(|(title_id, review_id)| self.take(title_id, review_id))
            .buffer_unordered(self.concurrency)
            .fold(turn, async |turn, outcome| turn.and(outcome))
            .await;
        if turn.unanswered > 0 {
            warn!(reviews = turn.unanswered, "reviews wait for booking");
        }
        Ok(turn)
    }

    async fn take(&self, title_id: TitleId, review_id: ReviewId) -> Outcome {
        match self.settle(title_id, review_id).await {
            Ok(true) => Outcome::Settled,
            Ok(false) => Outcome::Nothing,
            Err(Error::Unanswered(_)) => Outcome::Unanswered,
            Err(error) => {
                error!(review.id = %review_id, error = chain(&error), "review not settled");
                Outcome::Nothing
            }
        }
    }

    /// `false`: it was not due any more.
    async fn settle(&self, title_id: TitleId, review_id: ReviewId) -> Result<bool, Error> {
        let claim = Command::Claim(ClaimReview { title_id, review_id });
        let Some(review) = self.app.lanes.ask_timer(claim).await? else { return Ok(false) };
        let settled = self.app.settle(&review, Urgency::Worker).await?;
        let state = settled.map(|it| it.state);
        info!(review.id = %review_id, ?state, "review settled");
        Ok(true)
    }
}
