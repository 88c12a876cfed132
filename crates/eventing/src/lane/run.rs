//! One lane at work: takes what waits, one transaction a batch, and what to do when it fails.

use std::collections::VecDeque;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_kernel::Kind;
use boxoffice_kernel::fault::chain;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Waiting, Work};
use crate::inbox::Seen;
use crate::relay::Wake;
use crate::{database, outbox};

/// Commands in one transaction, at most. Bounded by SQL parameters, not by memory.
const BATCH: usize = 256;
/// How long one transaction may take. A store that takes longer has gone silent: it is as good as gone,
/// and what became of the transaction is found out by whoever repeats its commands.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often one command is tried alone while others keep racing it.
const TRIES: u32 = 5;
/// The pause after the first lost race; it doubles.
const PAUSE: Duration = Duration::from_millis(5);

/// One transaction at a time.
pub(super) struct Lane<W: Work> {
    pub(super) context: &'static str,
    pub(super) work: Arc<W>,
    pub(super) db: DatabaseConnection,
    pub(super) wake: Wake,
}

type Answers<W> = Vec<Result<Option<<W as Work>::Answer>, <W as Work>::Error>>;

/// Why a transaction did nothing.
enum Failure {
    /// The store was not there. No command can be served, none is at fault.
    Unreachable(DbErr),
    /// Somebody else was first, or the other of two that waited for each other.
    Raced(DbErr),
    /// One of the commands is at fault.
    Spoiled(DbErr),
}

// === impl Lane ===

impl<W: Work> Lane<W> {
    pub(super) async fn run(
        self,
        mut waiting: mpsc::Receiver<Waiting<W>>,
        closing: CancellationToken,
    ) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let taken = tokio::select! {
                biased;
                taken = waiting.recv_many(&mut batch, BATCH) => taken,
                () = closing.cancelled(), if !waiting.is_closed() => {
                    waiting.close();
                    continue;
                }
            };
            if taken == 0 {
                return;
            }
            // Whoever asked has gone, and nothing has been done for them yet. An event's command
            // runs all the same: its listener asks again for what it saw no answer to.
            batch.retain(|it| it.cause.is_some() || !it.answer.is_closed());
            if !batch.is_empty() {
                self.serve(std::mem::take(&mut batch)).await;
            }
        }
    }

    async fn serve(&self, batch: Vec<Waiting<W>>) {
        let mut outcome = self.transact(&batch).await;
        if batch.len() > 1 && matches!(outcome, Err(Failure::Raced(_))) {
            // Whoever was first has committed, and is seen now.
            outcome = self.transact(&batch).await;
        }
        match outcome {
            Ok(answers) => {
                for (waiting, answer) in batch.into_iter().zip(answers) {
                    let _ = waiting.answer.send(answer);
                }
            }
            Err(Failure::Unreachable(error)) => self.turn_down(batch.into(), &error),
            Err(Failure::Raced(error) | Failure::Spoiled(error)) => {
                if batch.len() > 1 {
                    let (context, commands) = (self.context, batch.len());
                    let error = chain(&error);
                    tracing::warn!(context, commands, error, "batch failed, each alone now");
                }
                self.serve_each(batch.into()).await;
            }
        }
    }

    /// Each command alone, so that only the one at fault fails.
    async fn serve_each(&self, mut batch: VecDeque<Waiting<W>>) {
        while let Some(waiting) = batch.pop_front() {
            match self.alone(&waiting).await {
                Ok(mut answers) => {
                    if let Some(answer) = answers.pop() {
                        let _ = waiting.answer.send(answer);
                    }
                }
                Err(Failure::Raced(error) | Failure::Spoiled(error)) => {
                    let _ = waiting.answer.send(Err(error.into()));
                }
                Err(Failure::Unreachable(error)) => {
                    batch.push_front(waiting);
                    return self.turn_down(batch, &error);
                }
            }
        }
    }

    async fn alone(&self, waiting: &Waiting<W>) -> Result<Answers<W>, Failure> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.transact(slice::from_ref(waiting)).await {
                Err(Failure::Raced(_)) => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
            pause *= 2;
        }
        self.transact(slice::from_ref(waiting)).await
    }

    /// Nobody can be served: says so to all at once, not one by one.
    fn turn_down(&self, batch: VecDeque<Waiting<W>>, error: &DbErr) {
        let (context, commands) = (self.context, batch.len());
        tracing::warn!(context, commands, error = chain(error), "store unreachable");
        for waiting in batch {
            let _ = waiting.answer.send(Err(error.clone().into()));
        }
    }

    async fn transact(&self, batch: &[Waiting<W>]) -> Result<Answers<W>, Failure> {
        match tokio::time::timeout(PATIENCE, self.attempt(batch)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let silent = RuntimeErr::Internal("the store does not answer".to_owned());
                Err(Failure::Unreachable(DbErr::Conn(silent)))
            }
        }
    }

    async fn attempt(&self, batch: &[Waiting<W>]) -> Result<Answers<W>, Failure> {
        let tx = database::begin(&self.db).await.map_err(Failure::Unreachable)?;
        let (answers, said) = match self.work_off(&tx, batch).await {
            Ok(done) => done,
            Err(error) => {
                let _ = tx.rollback().await;
                return Err(error.into());
            }
        };
        tx.commit().await?;
        if said {
            self.wake.committed();
        }
        Ok(answers)
    }

    /// Everything between begin and commit; and whether the outbox has something new.
    async fn work_off(
        &self,
        tx: &DatabaseTransaction,
        batch: &[Waiting<W>],
    ) -> Result<(Answers<W>, bool), DbErr> {
        let mut done = Seen::load(tx, batch.iter().filter_map(|it| it.cause)).await?;
        let commands: Vec<&W::Command> = batch.iter().map(|it| &it.command).collect();
        let mut unit = self.work.load(tx, &commands).await?;

        let mut answers = Vec::with_capacity(batch.len());
        let mut events = Vec::new();
        for Waiting { command, cause, traceparent, .. } in batch {
            if cause.is_some_and(|cause| done.contains(cause)) {
                answers.push(Ok(None));
                continue;
            }
            let answer = W::decide(&mut unit, command);
            let recorded = W::recorded(&mut unit);
            if answer.is_ok() {
                events.extend(recorded.into_iter().map(|mut event| {
                    event.causation_id = event.causation_id.or(*cause);
                    event.traceparent = event.traceparent.or_else(|| traceparent.clone());
                    event
                }));
                if let Some(cause) = cause {
                    done.mark(*cause);
                }
            } else {
                debug_assert!(recorded.is_empty(), "a refusal leaves the unit as it was");
            }
            answers.push(answer.map(Some));
        }

        let said = !events.is_empty();
        self.work.save(tx, unit).await?;
        outbox::append(tx, events).await?;
        done.save(tx).await?;
        Ok((answers, said))
    }
}

// === impl Failure ===

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        match database::kind(&error) {
            Kind::Unavailable => Self::Unreachable(error),
            Kind::Conflict => Self::Raced(error),
            Kind::Invalid
            | Kind::NotFound
            | Kind::Refused
            | Kind::Unauthenticated
            | Kind::Denied
            | Kind::Exhausted
            | Kind::Internal => Self::Spoiled(error),
        }
    }
}
