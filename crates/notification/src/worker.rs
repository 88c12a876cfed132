//! Sends what is to be sent. Every replica has one; a claim in the row keeps two from sending the
//! same notice at once. At most a page of notices is in memory, however many are to be sent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use boxoffice_kernel::NoticeId;
use boxoffice_kernel::fault::chain;
use boxoffice_runtime::Stopping;
use boxoffice_telemetry::{failed, taken_up};
use futures::{StreamExt as _, stream};
use tokio::time::timeout;
use tracing::{Instrument as _, Span, error, info, warn};

use crate::commands::{ClaimNotice, Command, RecordOutcome};
use crate::config::Config;
use crate::domain::{Contact, Notice, Outcome};
use crate::mailer::{Letter, NotSent};
use crate::text::Text;
use crate::{App, Error, queries, text};

/// How long to leave the store alone when it does not answer.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Takes due notices in hand until the server stops.
#[derive(Debug)]
pub(crate) struct Worker {
    app: App,
    batch: u32,
    concurrency: usize,
    poll: Duration,
    mail_deadline: Duration,
    stopping: Stopping,
}

/// What became of the notices of one turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Turn {
    found: usize,
    done: usize,
    /// Why nobody can be told anything at the moment.
    stuck: Option<String>,
}

/// What became of one notice.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// Sent, undeliverable, or put off by the server: this one is through.
    Done,
    /// Whoever is needed to send any notice does not answer; why.
    Stuck(String),
    /// Another replica has it, or it could not be saved; it comes again.
    Nothing,
}

/// Nobody can be told anything at the moment.
#[derive(Debug, thiserror::Error)]
enum Outage {
    #[error("booking does not say whom to tell")]
    Booking(#[source] Error),
    #[error("no letter can be sent")]
    Mail(#[source] NotSent),
    #[error("the mail server takes too long")]
    Slow,
    #[error("there are no words")]
    Words(#[source] Error),
}

// === impl Turn ===

impl Turn {
    fn and(self, fate: Fate) -> Self {
        match fate {
            Fate::Done => Self { done: self.done + 1, ..self },
            Fate::Stuck(why) => Self { stuck: Some(why), ..self },
            Fate::Nothing => self,
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
            mail_deadline: config.mail_deadline,
            stopping,
        }
    }

    /// While nobody can be told anything, a turn is one notice: enough to see the end of that.
    pub(crate) async fn run(self) {
        let mut limit = self.batch;
        while !self.stopping.is_stopping() {
            let pause = match self.turn(limit).await {
                Ok(turn) => {
                    let more = turn.done > 0 && turn.found >= limit as usize;
                    limit = if turn.stuck.is_some() { 1 } else { self.batch };
                    if more { Duration::ZERO } else { self.poll }
                }
                Err(error) => {
                    warn!(error = chain(&error), "notices that are due cannot be read");
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
        let stuck = AtomicBool::new(false);
        let turn = stream::iter(due)
            .take_until(self.stopping.stopped())
            .map(|due| {
                let span = taken_up("send notice", due.booking_id, due.traceparent.as_deref());
                self.take(due.notice_id, &stuck).instrument(span)
            })
            .buffer_unordered(self.concurrency)
            .fold(turn, async |turn, fate| turn.and(fate))
            .await;
        if let Some(why) = &turn.stuck {
            warn!(error = why, "notices have to wait");
        }
        Ok(turn)
    }

    /// Once one is `stuck`, those after it are left for later.
    async fn take(&self, notice_id: NoticeId, stuck: &AtomicBool) -> Fate {
        if stuck.load(Ordering::Relaxed) {
            return Fate::Nothing;
        }
        let claim = Command::Claim(ClaimNotice { notice_id });
        let notice = match self.app.lanes.ask_timer(claim).await {
            Ok(Some(notice)) => notice,
            Ok(None) => return Fate::Nothing,
            Err(error) => {
                warn!(notice.id = %notice_id, error = chain(&error), "notice not taken in hand");
                return Fate::Nothing;
            }
        };
        let (outcome, contact) = match self.send(&notice).await {
            Ok(sent) => sent,
            Err(outage) => {
                stuck.store(true, Ordering::Relaxed);
                failed(&Span::current(), "nobody can be told");
                return Fate::Stuck(chain(&outage).to_string());
            }
        };
        if outcome == Outcome::Postponed && contact.language == notice.language {
            return Fate::Done;
        }
        let language = contact.language;
        let record = Command::Record(RecordOutcome { notice_id, outcome, language });
        match self.app.lanes.ask_timer(record).await {
            Ok(_) => Fate::Done,
            Err(error) => {
                failed(&Span::current(), "not recorded");
                error!(notice.id = %notice_id, error = chain(&error), "notice not recorded");
                Fate::Nothing
            }
        }
    }

    /// Asks whom to tell, and tells them.
    async fn send(&self, notice: &Notice) -> Result<(Outcome, Contact), Outage> {
        let contact = self.app.contacts.of(notice.booking_id).await.map_err(Outage::Booking)?;
        let Some(to) = contact.email.clone() else {
            info!(notice.id = %notice.id, "notice kept, there is no address to send it to");
            return Ok((Outcome::Sent, contact));
        };
        let notice = Notice { language: contact.language, ..notice.clone() };
        let Text { subject, body } = text::render(&notice).map_err(Outage::Words)?;
        let (notice_id, language) = (notice.id, contact.language);
        let date = self.app.clock.now();
        let letter = Letter { notice_id, to, language, subject, text: body, date };
        let sent = timeout(self.mail_deadline, self.app.mailer.send(&letter)).await;
        let outcome = match sent.map_err(|_| Outage::Slow)? {
            Ok(()) => {
                info!(notice.id = %notice_id, "notice sent");
                Outcome::Sent
            }
            Err(refused @ NotSent::Refused(_)) => {
                warn!(notice.id = %notice_id, error = chain(&refused), "notice undeliverable");
                Outcome::Undeliverable
            }
            Err(postponed @ NotSent::Postponed(_)) => {
                info!(notice.id = %notice_id, error = chain(&postponed), "notice put off");
                Outcome::Postponed
            }
            Err(outage @ NotSent::Unavailable(..)) => return Err(Outage::Mail(outage)),
        };
        Ok((outcome, contact))
    }
}
