//! Who watches their bookings, and the one task that looks whether they changed.
//!
//! Each customer's changes are numbered in the store, in the transaction that makes them. So a
//! watcher sees what any replica heard, and goes on at a number on any of them.

mod token;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use boxoffice_kernel::CustomerId;
use boxoffice_kernel::fault::chain;
use boxoffice_runtime::Stopping;
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

pub(crate) use self::token::ResumeToken;

use crate::Error;
use crate::queries::{self, View};
use crate::store::customer::{Column, Entity};

/// How often the store is asked what another replica heard.
const POLL: Duration = Duration::from_millis(250);
/// From a batch of our own to the look at it: it commits meanwhile, and others with it.
const SETTLE: Duration = Duration::from_millis(20);
/// Customers asked about in one statement.
const AT_ONCE: usize = 1_000;
/// Bookings read at a time for one watcher.
const PAGE: u64 = 100;

/// Everybody who watches their bookings in this process. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Watchers {
    db: DatabaseConnection,
    /// The number of the last change known here, of each customer who watches.
    versions: Arc<Mutex<HashMap<CustomerId, watch::Sender<u64>>>>,
    nudge: Nudge,
    room: Arc<Semaphore>,
    stopping: Stopping,
}

/// Told of every batch of commands, so that its effects are seen at once. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nudge(Arc<Notify>);

/// One caller's view of their bookings.
#[derive(Debug)]
pub(crate) struct Watch {
    db: DatabaseConnection,
    customer: CustomerId,
    /// Everything up to here was read.
    seen: u64,
    read: VecDeque<View>,
    version: watch::Receiver<u64>,
    _room: OwnedSemaphorePermit,
}

// === impl Nudge ===

impl Nudge {
    /// Something is about to be committed.
    pub(crate) fn coming(&self) {
        self.0.notify_one();
    }
}

// === impl Watchers ===

impl Watchers {
    /// Room for `room` watchers.
    pub(crate) fn new(
        db: DatabaseConnection,
        nudge: Nudge,
        room: usize,
        stopping: Stopping,
    ) -> Self {
        let room = Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS)));
        Self { db, versions: Arc::default(), nudge, room, stopping }
    }

    /// Begins to watch: all bookings as they are, or those that changed after `seen`.
    pub(crate) async fn watch(&self, customer: CustomerId, seen: u64) -> Result<Watch, Error> {
        let room = Arc::clone(&self.room).try_acquire_owned();
        let room = room.map_err(|_| Error::TooManyWatchers)?;
        // Also says at once, and not within the stream, that the store cannot be reached.
        if seen > queries::version(&self.db, &customer).await? {
            return Err(Error::ResumeToken);
        }
        let version = {
            let mut versions = self.versions();
            versions.entry(customer.clone()).or_default().subscribe()
        };
        let read = VecDeque::new();
        Ok(Watch { db: self.db.clone(), customer, seen, read, version, _room: room })
    }

    /// Tells watchers of changes until the server stops. Errors don't end it.
    pub(crate) async fn follow(self) {
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
                    tracing::warn!(error = chain(&error), "watched bookings are not up to date");
                    well = false;
                }
                Err(_) => {}
            }
        }
    }

    /// One query for all who watch.
    async fn look(&self) -> Result<(), DbErr> {
        let customers: Vec<CustomerId> = {
            let mut versions = self.versions();
            versions.retain(|_, version| version.receiver_count() > 0);
            versions.keys().cloned().collect()
        };
        for some in customers.chunks(AT_ONCE) {
            let these = Column::Id.is_in(some.iter().map(CustomerId::as_str));
            let rows = Entity::find().filter(these).all(&self.db).await?;
            let versions = self.versions();
            for row in rows {
                if let Some(version) = versions.get(&CustomerId::new(&row.id)) {
                    let now = row.version.cast_unsigned();
                    version.send_if_modified(|known| now > std::mem::replace(known, now));
                }
            }
        }
        Ok(())
    }

    fn versions(&self) -> MutexGuard<'_, HashMap<CustomerId, watch::Sender<u64>>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Watch ===

impl Watch {
    /// The next booking that changed, as it is now; waits for one. `None` when nobody follows them
    /// any more.
    pub(crate) async fn next(&mut self) -> Option<Result<View, Error>> {
        loop {
            if let Some(view) = self.read.pop_front() {
                return Some(Ok(view));
            }
            match queries::changes(&self.db, &self.customer, self.seen, PAGE).await {
                Err(error) => return Some(Err(error)),
                Ok(views) => {
                    self.seen = views.last().map_or(self.seen, |view| view.version);
                    self.read.extend(views);
                }
            }
            if self.read.is_empty() {
                let seen = self.seen;
                self.version.wait_for(|version| *version > seen).await.ok()?;
            }
        }
    }

    /// Whose bookings they are.
    pub(crate) fn customer(&self) -> &CustomerId {
        &self.customer
    }
}
