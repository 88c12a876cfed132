//! Who watches which seat map, and the one task that brings them all up to date.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use boxoffice_kernel::ShowingId;
use boxoffice_kernel::fault::chain;
use boxoffice_runtime::Stopping;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;

use super::board::{Board, Changes};
use crate::Error;
use crate::queries::Reads;
use crate::store::showing_row::{Column, Entity};

/// How often the store is asked what another replica changed.
const POLL: Duration = Duration::from_millis(250);
/// From a batch of our own to the look at it: it commits meanwhile, and others with it.
const SETTLE: Duration = Duration::from_millis(20);
/// Showings asked about in one statement.
const AT_ONCE: usize = 1_000;

/// Everybody who watches a seat map in this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Watchers {
    reads: Reads,
    boards: Arc<Mutex<HashMap<ShowingId, watch::Sender<Arc<Board>>>>>,
    nudge: Nudge,
    room: Arc<Semaphore>,
    stopping: Stopping,
}

/// Told of every batch of commands, so that its effects are seen at once. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Nudge(Arc<Notify>);

/// One caller's view of one seat map.
#[derive(Debug)]
pub struct Watch {
    first: Option<Look>,
    board: watch::Receiver<Arc<Board>>,
    seen: u64,
    _room: OwnedSemaphorePermit,
}

/// What there is to see.
#[derive(Clone, Debug)]
pub struct Look {
    /// As it is now.
    pub board: Arc<Board>,
    /// The version seen before; `None`: nothing was.
    pub since: Option<u64>,
}

// === impl Nudge ===

impl Nudge {
    /// Something is about to be committed.
    pub fn coming(&self) {
        self.0.notify_one();
    }
}

// === impl Watchers ===

impl Watchers {
    /// Room for `room` watchers.
    pub fn new(reads: Reads, nudge: Nudge, room: usize, stopping: Stopping) -> Self {
        let room = Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS)));
        Self { reads, boards: Arc::default(), nudge, room, stopping }
    }

    /// Begins to watch: from the whole map, or from what changed `since` a version.
    pub async fn watch(&self, id: ShowingId, since: Option<u64>) -> Result<Watch, Error> {
        let room = Arc::clone(&self.room).try_acquire_owned();
        let room = room.map_err(|_| Error::TooManyWatchers)?;
        let board = Arc::new(Board::read(&self.reads, id).await?);
        let seen = board.version();
        let first = match since {
            Some(since) if since > seen => return Err(Error::ResumeToken),
            Some(since) if since == seen => None,
            Some(_) | None => Some(Look { board: Arc::clone(&board), since }),
        };
        let board = self.join(id, board);
        Ok(Watch { first, board, seen, _room: room })
    }

    /// Brings all boards up to date until the server stops. Errors don't end it.
    pub async fn follow(self) {
        let mut well = true;
        loop {
            tokio::select! {
                () = self.stopping.stopped() => return,
                () = self.nudge.0.notified() => tokio::time::sleep(SETTLE).await,
                () = tokio::time::sleep(POLL) => {}
            }
            match self.look().await {
                Ok(()) => well = true,
                // Said once, however long it lasts.
                Err(error) if well => {
                    tracing::warn!(error = chain(&error), "seat maps are not up to date");
                    well = false;
                }
                Err(_) => {}
            }
        }
    }

    fn join(&self, id: ShowingId, fresh: Arc<Board>) -> watch::Receiver<Arc<Board>> {
        let mut boards = self.boards();
        let shared = boards.entry(id).or_insert_with(|| watch::Sender::new(Arc::clone(&fresh)));
        let mut board = shared.subscribe();
        // It may be ahead of what this watcher has read.
        board.mark_changed();
        board
    }

    /// One query for all showings that are watched, then one for each that changed.
    async fn look(&self) -> Result<(), Error> {
        let watched = self.watched();
        let ids: Vec<Uuid> = watched.keys().map(|id| id.0).collect();
        for ids in ids.chunks(AT_ONCE) {
            let versions: Vec<(Uuid, i64)> = Entity::find()
                .select_only()
                .columns([Column::Id, Column::Version])
                .filter(Column::Id.is_in(ids.iter().copied()))
                .into_tuple()
                .all(&self.reads.db)
                .await?;
            for (id, version) in versions {
                let id = ShowingId(id);
                let known = watched.get(&id).copied().unwrap_or_default();
                if version.cast_unsigned() > known {
                    let changes = Changes::since(&self.reads, id, known).await?;
                    self.show(id, changes)?;
                }
            }
        }
        Ok(())
    }

    /// The boards somebody looks at, and how far they are; the others are put away.
    fn watched(&self) -> HashMap<ShowingId, u64> {
        let mut boards = self.boards();
        boards.retain(|_, board| board.receiver_count() > 0);
        boards.iter().map(|(id, board)| (*id, board.borrow().version())).collect()
    }

    fn show(&self, id: ShowingId, changes: Changes) -> Result<(), Error> {
        let mut shown = Ok(());
        if let Some(board) = self.boards().get(&id) {
            board.send_modify(|board| shown = Arc::make_mut(board).apply(changes));
        }
        Ok(shown?)
    }

    fn boards(&self) -> MutexGuard<'_, HashMap<ShowingId, watch::Sender<Arc<Board>>>> {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Watch ===

impl Watch {
    /// Waits until there is something new to see: all of it, however often it changed meanwhile.
    /// `None` when there are no boards any more.
    pub async fn next(&mut self) -> Option<Look> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            self.board.changed().await.ok()?;
            let board = Arc::clone(&self.board.borrow_and_update());
            if board.version() > self.seen {
                let since = Some(std::mem::replace(&mut self.seen, board.version()));
                return Some(Look { board, since });
            }
        }
    }
}
