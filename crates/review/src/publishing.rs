//! The saga of one review: which call follows which, until it counts or never will.
//!
//! Intent saved → booking asked → answer saved. Nothing is locked while booking is asked, and
//! after each save the row alone is enough to go on, whoever does.

use boxoffice_kernel::fault::chain;
use boxoffice_kernel::steps;
use tracing::info;

use crate::commands::{Command, SettleReview, WriteReview};
use crate::domain::{Refusal, Review, State};
use crate::{App, Error};

/// On whose behalf booking is asked, and so in which lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Its author waits.
    Author,
    /// Nobody does.
    Worker,
}

// === impl App ===

impl App {
    /// Keeps a review and publishes it, if booking says at once that its author was there; if
    /// booking says nothing, it is pending. Once the intent is saved it goes on whether or not the
    /// author stays (design §2, rule 6).
    pub(crate) async fn write(&self, command: WriteReview) -> Result<Review, Error> {
        let review_id = command.review_id;
        steps::before("review");
        let kept = self.lanes.ask(Command::Write(command)).await?;
        steps::after("review");
        let kept = kept.ok_or(Error::NotFound(review_id))?;
        let settled = match kept.state {
            State::Pending => {
                let (app, review) = (self.clone(), kept.clone());
                let settling =
                    self.tasks.spawn(async move { app.settle(&review, Urgency::Author).await });
                match settling.await.map_err(Error::Aborted)? {
                    Err(Error::Unanswered(unanswered)) => {
                        let error = chain(&unanswered);
                        info!(review.id = %review_id, error, "review waits for booking");
                        Some(kept)
                    }
                    settled => settled?,
                }
            }
            State::Published | State::Rejected | State::Removed => Some(kept),
        };
        match settled {
            Some(Review { state: State::Rejected, .. }) | None => Err(Refusal::NotAttended.into()),
            Some(review) => Ok(review),
        }
    }

    /// Asks booking and saves what it says. `None`: its author was not there, and nothing is kept.
    pub(crate) async fn settle(
        &self,
        review: &Review,
        urgency: Urgency,
    ) -> Result<Option<Review>, Error> {
        steps::before("attendance");
        let attended = self.attendance.of(review).await?;
        steps::after("attendance");
        let (title_id, review_id) = (review.title_id, review.id);
        let settle =
            |in_call| Command::Settle(SettleReview { title_id, review_id, attended, in_call });
        steps::before("verdict");
        let settled = match urgency {
            Urgency::Author => self.lanes.ask(settle(true)).await?,
            Urgency::Worker => self.lanes.ask_timer(settle(false)).await?,
        };
        steps::after("verdict");
        Ok(settled)
    }
}
