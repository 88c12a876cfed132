//! What nobody asks for and time brings: bookings that are due, and showings whose bookings follow.

use std::time::Duration;

use boxoffice_kernel::{Clock, fault};
use boxoffice_runtime::Stopping;
use boxoffice_telemetry::{failed, taken_up};
use futures::{StreamExt as _, stream};
use sea_orm::DatabaseConnection;
use tracing::{Instrument as _, Span};

use crate::Error;
use crate::commands::{AdvanceFanOut, Command, FanOut, FollowShowing, TakeUp};
use crate::domain::Refusal;
use crate::purchase::Purchase;
use crate::store::Traced;
use crate::{queries, store};

/// Bookings taken up in one turn, at most.
const TURN: u64 = 200;
/// Of these at a time: a slow peer must not make a turn endless.
const AT_A_TIME: usize = 32;

/// One replica's sweeper. Every replica has one; what two of them take up is done once.
#[derive(Clone, Debug)]
pub(crate) struct Sweeper {
    pub(crate) purchase: Purchase,
    pub(crate) db: DatabaseConnection,
    pub(crate) clock: Clock,
    pub(crate) every: Duration,
    pub(crate) stopping: Stopping,
}

// === impl Sweeper ===

impl Sweeper {
    /// Sweeps until the server stops it.
    pub(crate) async fn run(self) {
        let mut failing = false;
        while !self.stopping.is_stopping() {
            match self.turn().await {
                Ok(full) => {
                    failing = false;
                    if full {
                        continue;
                    }
                }
                Err(error) if failing => tracing::debug!(error = %fault::chain(&error), "sweep"),
                Err(error) => {
                    failing = true;
                    tracing::warn!(error = %fault::chain(&error), "sweeping has to wait");
                }
            }
            tokio::select! {
                () = self.stopping.stopped() => return,
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }

    /// Whether there may be more at once.
    async fn turn(&self) -> Result<bool, Error> {
        let due = queries::due(&self.db, self.clock.now(), TURN).await?;
        let full = due.len() as u64 == TURN;
        let taken = stream::iter(due).map(|due| {
            let span = taken_up("take up booking", due.booking_id, due.traceparent.as_deref());
            self.take_up(TakeUp { booking_id: due.booking_id }).instrument(span)
        });
        taken.buffer_unordered(AT_A_TIME).collect::<Vec<()>>().await;
        let mut outcome = Ok(full);
        for job in store::waiting_jobs(&self.db, 8).await? {
            // One that cannot go on holds up no other.
            outcome = self.page(job).await.and(outcome);
        }
        outcome
    }

    async fn take_up(&self, command: TakeUp) {
        let booking_id = command.booking_id;
        let outcome = async {
            match self.purchase.lanes.ask_timer(Command::TakeUp(command)).await? {
                Some(booking) => self.purchase.go_on(booking).await.map(drop),
                None => Ok(()),
            }
        };
        match outcome.await {
            Ok(())
            | Err(
                Error::PeerUnavailable { .. }
                | Error::NotCancelled { .. }
                | Error::Refused(Refusal::Watched),
            ) => {}
            Err(error) => {
                let error = fault::chain(&error);
                failed(&Span::current(), "not taken up");
                tracing::warn!(booking.id = %booking_id, error, "booking could not be taken up");
            }
        }
    }

    /// One page of a showing's bookings, then a note of how far it came. Repeating a page is harmless.
    async fn page(&self, job: FanOut) -> Result<(), Error> {
        let page = store::after(&self.db, job.showing_id, job.cursor, TURN).await?;
        let follow = page.iter().map(|Traced { booking_id, traceparent }| {
            let span = taken_up("follow showing", booking_id, traceparent.as_deref());
            let command = FollowShowing { booking_id: *booking_id, change: job.change };
            self.purchase.lanes.ask_timer(Command::FollowShowing(command)).instrument(span)
        });
        for followed in futures::future::join_all(follow).await {
            followed?;
        }
        let advance = AdvanceFanOut { job_id: job.id, cursor: page.last().map(|it| it.booking_id) };
        self.purchase.lanes.ask_timer(Command::AdvanceFanOut(advance)).await?;
        let (followed, all) = (page.len(), page.is_empty());
        tracing::info!(showing.id = %job.showing_id, followed, all, "bookings follow their showing");
        Ok(())
    }
}
