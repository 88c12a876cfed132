//! The one way to change a context. Commands wait in a lane; each transaction takes all that wait.
//!
//! Idle, a batch is one command and nobody waits. Under load batches grow by themselves, and an
//! aggregate that everybody wants is read and written once per batch, not once per caller.

mod asked;
mod run;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_kernel::{Fault, Kind};
use futures::future::BoxFuture;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend, DbErr};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::message::Message;
use crate::relay::Wake;

use self::asked::Asked;
use self::run::Lane;

/// Commands that may wait in one lane. A caller's next one is refused at once (NFR-07).
const WAITING: usize = 1024;

/// What a lane has to know about its context.
pub trait Work: Send + Sync + 'static {
    /// What can be asked of the context.
    type Command: fmt::Debug + Send + Sync + 'static;
    /// What a caller gets.
    type Answer: Send + 'static;
    /// Why not.
    type Error: Fault + From<DbErr> + From<Turned> + Send;
    /// The aggregates one transaction works on, and the events it records.
    type Unit: Send;

    /// Commands with the same key run in order, in the same lane.
    fn key(command: &Self::Command) -> Uuid;

    /// Loads and locks, in id order, all that `commands` touch: one query a table.
    fn load(
        &self,
        tx: &DatabaseTransaction,
        commands: &[&Self::Command],
    ) -> impl Future<Output = Result<Self::Unit, DbErr>> + Send;

    /// Pure, and may run again on a fresh unit. A refusal leaves `unit` as it was.
    fn decide(unit: &mut Self::Unit, command: &Self::Command) -> Result<Self::Answer, Self::Error>;

    /// Takes out of `unit` the events recorded since the last call, in order. The lane asks after
    /// every decision, says what caused them, and appends them to the outbox.
    fn recorded(unit: &mut Self::Unit) -> Vec<Message>;

    /// Saves what changed, one statement a table: what was locked is updated, what is new is only
    /// inserted, sorted by key. The outbox is not its business.
    fn save(
        &self,
        tx: &DatabaseTransaction,
        unit: Self::Unit,
    ) -> impl Future<Output = Result<(), DbErr>> + Send;
}

/// Where commands are handed in. Cheap to clone; the lanes end when the last clone is gone.
pub struct Lanes<W: Work> {
    name: &'static str,
    interactive: Arc<[mpsc::Sender<Waiting<W>>]>,
    events: Arc<[mpsc::Sender<Waiting<W>>]>,
}

/// How many lanes a context has; each is one transaction at a time, on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneCounts {
    /// For callers.
    pub interactive: usize,
    /// For events and timers, so that a backlog of them never delays a caller.
    pub events: usize,
}

/// Who owns the tasks that eventing needs: the server.
pub trait Spawner {
    /// Runs `task` until it is done. If it panics, the process is no longer ready, and ends.
    fn spawn(&mut self, name: &'static str, task: BoxFuture<'static, ()>);

    /// Cancelled when nobody is going to ask anything any more: the lanes work off what waits, and
    /// end. Without it they end when the last [`Lanes`] is dropped.
    fn closing(&self) -> CancellationToken {
        CancellationToken::new()
    }
}

/// A command was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Turned {
    /// The lane is full.
    #[error("too many are waiting; try again shortly")]
    Away,
    /// The lane has ended.
    #[error("the server is stopping")]
    Off,
}

/// A command in its lane.
struct Waiting<W: Work> {
    command: W::Command,
    /// The message that asked for it, if a message did.
    cause: Option<Uuid>,
    traceparent: Option<String>,
    /// `None`: the message had its effect before.
    answer: oneshot::Sender<Result<Option<W::Answer>, W::Error>>,
}

// === impl Lanes ===

impl<W: Work> Lanes<W> {
    /// Opens the lanes of the context called `name`, run by `tasks`. `wake` is told of every
    /// commit that left something in the outbox.
    pub fn open(
        name: &'static str,
        work: W,
        db: &DatabaseConnection,
        lanes: LaneCounts,
        tasks: &mut impl Spawner,
        wake: Wake,
    ) -> Self {
        let work = Arc::new(work);
        let mut open = |count: usize| -> Arc<[mpsc::Sender<Waiting<W>>]> {
            let lanes = (0..count.max(1)).map(|_| {
                let (sender, receiver) = mpsc::channel(WAITING);
                let lane = Lane {
                    context: name,
                    work: Arc::clone(&work),
                    db: db.clone(),
                    wake: wake.clone(),
                };
                tasks.spawn(name, Box::pin(lane.run(receiver, tasks.closing())));
                sender
            });
            lanes.collect()
        };
        Self { name, interactive: open(lanes.interactive), events: open(lanes.events) }
    }

    /// Runs a caller's command. Refused at once if too many wait; if the caller is dropped before
    /// the command's turn comes, it is not run.
    pub async fn ask(&self, command: W::Command) -> Result<W::Answer, W::Error> {
        let asked = Asked::by(self.name, &command);
        let (waiting, answered) = Waiting::new(command, None, asked.traceparent());
        self.lane(&self.interactive, &waiting.command).try_send(waiting).map_err(|error| {
            match error {
                mpsc::error::TrySendError::Full(_) => Turned::Away,
                mpsc::error::TrySendError::Closed(_) => Turned::Off,
            }
        })?;
        first(asked.answer::<W>(answered).await?)
    }

    /// Runs the command that `cause` asks for, once, however often it comes, and waits for room in
    /// the lane. Once taken in, it runs whether or not the caller waits for it.
    pub async fn ask_once(&self, cause: &Message, command: W::Command) -> Result<(), W::Error> {
        let asked = Asked::by(self.name, &command);
        let traceparent = asked.traceparent().or_else(|| cause.traceparent.clone());
        let (waiting, answered) = Waiting::new(command, Some(cause.id), traceparent);
        self.queue(waiting).await?;
        asked.answer::<W>(answered).await.map(drop)
    }

    /// Runs a timer's command among the events', and waits for room in the lane.
    pub async fn ask_timer(&self, command: W::Command) -> Result<W::Answer, W::Error> {
        let asked = Asked::by(self.name, &command);
        let (waiting, answered) = Waiting::new(command, None, asked.traceparent());
        self.queue(waiting).await?;
        first(asked.answer::<W>(answered).await?)
    }

    async fn queue(&self, waiting: Waiting<W>) -> Result<(), Turned> {
        let lane = self.lane(&self.events, &waiting.command);
        lane.send(waiting).await.map_err(|_| Turned::Off)
    }

    fn lane<'a>(
        &self,
        lanes: &'a [mpsc::Sender<Waiting<W>>],
        command: &W::Command,
    ) -> &'a mpsc::Sender<Waiting<W>> {
        let turn = W::key(command).as_u128() % lanes.len() as u128;
        &lanes[turn as usize]
    }
}

/// Only a message can be a repetition, so whoever is none gets an answer.
fn first<A, E: From<Turned>>(answer: Option<A>) -> Result<A, E> {
    answer.ok_or_else(|| Turned::Off.into())
}

impl<W: Work> Clone for Lanes<W> {
    fn clone(&self) -> Self {
        Self {
            name: self.name,
            interactive: Arc::clone(&self.interactive),
            events: Arc::clone(&self.events),
        }
    }
}

impl<W: Work> fmt::Debug for Lanes<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes")
            .field("interactive", &self.interactive.len())
            .field("events", &self.events.len())
            .finish()
    }
}

// === impl LaneCounts ===

impl LaneCounts {
    /// What suits the database behind `db`: SQLite has one writer, so two lanes only queue for it.
    pub fn suiting(db: &DatabaseConnection) -> Self {
        if db.get_database_backend() == DbBackend::Sqlite {
            Self { interactive: 1, events: 1 }
        } else {
            Self { interactive: 4, events: 2 }
        }
    }
}

// === impl Turned ===

impl Fault for Turned {
    fn kind(&self) -> Kind {
        match self {
            Self::Away => Kind::Exhausted,
            Self::Off => Kind::Unavailable,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Away => "BUSY",
            Self::Off => "STOPPING",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }
}

// === impl Waiting ===

type Answered<W> = oneshot::Receiver<Result<Option<<W as Work>::Answer>, <W as Work>::Error>>;

impl<W: Work> Waiting<W> {
    fn new(
        command: W::Command,
        cause: Option<Uuid>,
        traceparent: Option<String>,
    ) -> (Self, Answered<W>) {
        let (answer, answered) = oneshot::channel();
        (Self { command, cause, traceparent, answer }, answered)
    }
}
