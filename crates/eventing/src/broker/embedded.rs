//! An event log in one SQLite file, for one process: a convenience for trying, developing and
//! small installations. It is not a distributed system.
//!
//! Durable across restarts; it keeps everything. `synchronous = NORMAL`: a loss of power may take
//! the last acknowledged events with it, as it may with JetStream, and the relay, which keeps what
//! it published for ten minutes, publishes them again. Cursors are in the same file, so none can
//! be ahead of its stream for long.

mod cursor;
mod rows;
mod subscription;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_kernel::{Clock, Context, Time};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use tokio::sync::{Notify, watch};

use super::{Broker, Error, Published, Subscription};
use crate::database;
use crate::message::Message;

use self::cursor::Cursor;
use self::subscription::Reader;

/// When an unsettled event comes again.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a writer waits for another.
const BUSY: Duration = Duration::from_secs(5);
/// Connections that only read.
const READERS: u32 = 4;

/// The event log. Cheap to clone; the clones are one log.
#[derive(Clone, Debug)]
pub struct EventLog(Arc<Log>);

#[derive(Debug)]
struct Log {
    /// One connection: one writer.
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    clock: Clock,
    patience: Duration,
    /// Where each stream ends that was asked for, as far as this process published it.
    ends: Mutex<HashMap<Context, watch::Sender<u64>>>,
    nudges: Mutex<HashMap<Context, Arc<Notify>>>,
    cursors: Mutex<HashMap<(Context, String), Arc<Cursor>>>,
}

// === impl EventLog ===

impl EventLog {
    /// Opens the log in the file at `path`, made if it is missing.
    pub async fn open(path: &Path) -> Result<Self, DbErr> {
        Self::with_patience(path, PATIENCE).await
    }

    /// As [`EventLog::open`]; what is not settled within `patience` comes again.
    pub async fn with_patience(path: &Path, patience: Duration) -> Result<Self, DbErr> {
        let writer = connect(path, 1).await?;
        rows::create(&writer).await?;
        let reader = connect(path, READERS).await?;
        Ok(Self(Arc::new(Log {
            writer,
            reader,
            clock: Clock,
            patience,
            ends: Mutex::default(),
            nudges: Mutex::default(),
            cursors: Mutex::default(),
        })))
    }

    async fn append(
        &self,
        stream: Context,
        after: u64,
        messages: &[Message],
    ) -> Result<Vec<u64>, Error> {
        let failed = Error::failed::<DbErr>;
        let ends = self.ends(stream).await.map_err(failed("read a stream"))?;
        let tx = database::begin(&self.0.writer).await.map_err(failed("open"))?;
        let end = rows::end(&tx, stream).await.map_err(failed("read a stream"))?;
        if end != after {
            return Err(Error::Moved { after });
        }
        let appended = rows::append(&tx, stream, end, messages).await;
        let (sequences, end) = appended.map_err(failed("take an event"))?;
        tx.commit().await.map_err(failed("take an event"))?;
        ends.send_replace(end);
        Ok(sequences)
    }

    /// Where a stream ends; the file is asked once.
    async fn ends(&self, stream: Context) -> Result<watch::Sender<u64>, DbErr> {
        let ends = || self.0.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let known = ends().get(&stream).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let end = rows::end(&self.0.reader, stream).await?;
        // Whoever publishes asks before that, so this end is never newer than what is told.
        Ok(ends().entry(stream).or_insert_with(|| watch::Sender::new(end)).clone())
    }

    fn nudged(&self, context: Context) -> Arc<Notify> {
        let mut nudges = self.0.nudges.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(nudges.entry(context).or_default())
    }

    async fn cursor(&self, source: Context, durable: &str) -> Result<Arc<Cursor>, Error> {
        let key = (source, durable.to_owned());
        if let Some(cursor) = self.cursors(|all| all.get(&key).map(Arc::clone)) {
            return Ok(cursor);
        }
        let cursor = Cursor::load(&self.0.reader, source, durable).await;
        let cursor = cursor.map_err(Error::failed("find a cursor"))?;
        // Another may have loaded it meanwhile: then it is that one.
        Ok(self.cursors(|all| Arc::clone(all.entry(key).or_insert_with(|| Arc::new(cursor)))))
    }

    fn cursors<T>(
        &self,
        use_it: impl FnOnce(&mut HashMap<(Context, String), Arc<Cursor>>) -> T,
    ) -> T {
        use_it(&mut self.0.cursors.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Broker for EventLog {
    fn system(&self) -> &'static str {
        "event_log"
    }

    async fn publish(&self, stream: Context, after: u64, messages: &[Message]) -> Published {
        match self.append(stream, after, messages).await {
            Ok(sequences) => Published { sequences, failure: None },
            Err(failure) => Published { sequences: Vec::new(), failure: Some(failure) },
        }
    }

    async fn last_sequence(&self, stream: Context) -> Result<u64, Error> {
        rows::end(&self.0.reader, stream).await.map_err(Error::failed("read a stream"))
    }

    async fn last_time(&self, stream: Context) -> Result<Option<Time>, Error> {
        rows::last_time(&self.0.reader, stream).await.map_err(Error::failed("read a stream"))
    }

    async fn read(&self, stream: Context, sequence: u64) -> Result<Option<Message>, Error> {
        let event = rows::read(&self.0.reader, stream, sequence).await;
        event.map_err(Error::failed("read a stream"))
    }

    async fn replace(&self, stream: Context, events: &[(u64, Message)]) -> Result<(), Error> {
        let failed = Error::failed::<DbErr>;
        let tx = database::begin(&self.0.writer).await.map_err(failed("open"))?;
        let replaced = rows::replace(&tx, stream, events).await;
        replaced.map_err(failed("replace an event"))?;
        tx.commit().await.map_err(failed("replace an event"))
    }

    async fn scrub(&self) -> Result<(), Error> {
        database::scrub(&self.0.writer).await.map_err(Error::failed("scrub its file"))
    }

    async fn rewind(&self, stream: Context) -> Result<(), Error> {
        let failed = Error::failed::<DbErr>;
        let end = rows::end(&self.0.reader, stream).await.map_err(failed("read a stream"))?;
        let dropped = cursor::drop_ahead(&self.0.writer, stream, end).await;
        for durable in dropped.map_err(failed("drop a cursor"))? {
            self.cursors(|all| all.remove(&(stream, durable)));
        }
        Ok(())
    }

    async fn subscribe(
        &self,
        source: Context,
        durable: &str,
    ) -> Result<Box<dyn Subscription>, Error> {
        let cursor = self.cursor(source, durable).await?;
        Ok(Box::new(Reader::new(self, source, cursor)))
    }

    async fn lag(&self, source: Context, durable: &str) -> Result<u64, Error> {
        cursor::lag(&self.0.reader, source, durable).await.map_err(Error::failed("find a cursor"))
    }

    /// A file is always there.
    fn is_connected(&self) -> bool {
        true
    }

    async fn nudge(&self, context: Context) {
        self.nudged(context).notify_one();
    }

    fn nudges(&self, context: Context) -> BoxStream<'static, ()> {
        stream::unfold(self.nudged(context), |nudge| async {
            nudge.notified().await;
            Some(((), nudge))
        })
        .boxed()
    }
}

async fn connect(path: &Path, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(BUSY)
        // The pool's own housekeeping may never end (sqlx 0.9 counts idle connections wrong), and a file needs none.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_pool_opts(database::sound)
        .map_sqlx_sqlite_opts(|options| {
            options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .pragma("cache_size", "-65536")
                .pragma("wal_autocheckpoint", "8000")
                .busy_timeout(BUSY)
        });
    Database::connect(options).await
}
