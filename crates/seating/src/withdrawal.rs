//! The job that a removed title begins (D-9): its future showings are cancelled, some at a time.

use std::time::Duration;

use boxoffice_eventing::Lanes;
use boxoffice_kernel::fault::chain;
use boxoffice_kernel::{Clock, ShowingId, TitleId};
use boxoffice_runtime::Stopping;
use futures::future::join_all;

use crate::Error;
use crate::commands::{CancelShowing, Command, FinishWithdrawal};
use crate::domain::Refusal;
use crate::queries::Reads;
use crate::store::Store;

/// Showings cancelled in one go.
const PAGE: u64 = 200;
/// Titles looked at in one go.
const TITLES: u64 = 100;

/// Cancels the showings of removed titles. Every replica does; a second cancellation does nothing.
pub(crate) struct Withdrawal {
    pub(crate) lanes: Lanes<Store>,
    pub(crate) reads: Reads,
    pub(crate) clock: Clock,
    pub(crate) every: Duration,
    pub(crate) stopping: Stopping,
}

// === impl Withdrawal ===

impl Withdrawal {
    /// Works until the server stops. Errors don't end it.
    pub(crate) async fn run(self) {
        let mut well = true;
        loop {
            tokio::select! {
                () = self.stopping.stopped() => return,
                () = tokio::time::sleep(self.every) => {}
            }
            match self.turn().await {
                Ok(()) => well = true,
                // Said once, however long it lasts.
                Err(error) if well => {
                    tracing::warn!(error = chain(&error), "showings are not withdrawn");
                    well = false;
                }
                Err(_) => {}
            }
        }
    }

    async fn turn(&self) -> Result<(), Error> {
        for title_id in self.reads.withdrawing(TITLES).await? {
            let showings = self.reads.future(title_id, self.clock.now(), PAGE).await?;
            if showings.is_empty() {
                self.finish(title_id).await?;
            } else {
                self.cancel(title_id, showings).await?;
            }
        }
        Ok(())
    }

    async fn cancel(&self, title_id: TitleId, showings: Vec<ShowingId>) -> Result<(), Error> {
        let count = showings.len();
        let cancelled = showings
            .into_iter()
            .map(|showing_id| self.lanes.ask_timer(Command::Cancel(CancelShowing { showing_id })));
        for outcome in join_all(cancelled).await {
            match outcome {
                // It began while we were at it, and so it takes place.
                Ok(_) | Err(Error::Refused(Refusal::ShowingStarted(_))) => {}
                Err(error) => return Err(error),
            }
        }
        tracing::info!(title.id = %title_id, showings = count, "showings of a removed title cancelled");
        Ok(())
    }

    async fn finish(&self, title_id: TitleId) -> Result<(), Error> {
        let finish = FinishWithdrawal { title_id };
        self.lanes.ask_timer(Command::FinishWithdrawal(finish)).await.map(drop)
    }
}
