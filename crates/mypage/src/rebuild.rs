//! Builds my page again from the streams: empties its tables, and reads everything that was ever said.
//!
//! Safe while my page runs. Events that are heard meanwhile go through the same inbox, so each is taken in
//! by whoever comes first; and because neither order nor repetition makes a difference to what an event does
//! (see `domain`), it is none either what was heard just before or after a table was emptied. The inbox comes
//! last: what it still knows afterwards was heard after everything was empty.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_eventing::{Broker, LaneCounts, Lanes, Message, Spawner, Wake, broker, forget_heard};
use boxoffice_kernel::fault::chain;
use boxoffice_kernel::{Context, Fault as _, Verdict};
use boxoffice_runtime::{Database, Policy};
use futures::future::{BoxFuture, join_all};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::commands::Command;
use crate::policies::POLICIES;
use crate::store::{Store, booking, showing, step, title};
use crate::watchers::Nudge;

/// Rows deleted in one statement.
const PAGE: u64 = 500;
/// Events read from the broker at a time.
const READING: usize = 64;
/// Events in the lanes at a time.
const IN_HAND: usize = 256;
/// How often one event is tried, with a pause between, before the rebuilding is given up.
const TRIES: u32 = 30;

/// What became of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// Whose.
    pub source: Context,
    /// Events that were read.
    pub events: u64,
    /// Of these, those that my page cannot read: they are dead letters, and stay so.
    pub unreadable: u64,
}

/// Why my page was not built again. What is there is incomplete: do it once more.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The broker.
    #[error("the stream of {source_context} cannot be read")]
    Broker {
        /// Whose stream.
        source_context: Context,
        /// Why.
        source: broker::Error,
    },
    /// The database, or what stands in the way of it.
    #[error("an event cannot be taken in")]
    Store(#[source] crate::Error),
    /// The database.
    #[error("the tables cannot be emptied")]
    Emptying(#[from] DbErr),
}

/// Lanes that are run beside what they are asked, by whoever asks.
#[derive(Default)]
struct Beside(Vec<BoxFuture<'static, ()>>);

/// Forgets all bookings, and which events were heard. Watchers' places in `customers` stay, so that theirs
/// stay good.
pub async fn empty(db: &Database) -> Result<(), Error> {
    let db = &db.write;
    empty_table::<booking::Entity>(db, booking::Column::Id).await?;
    empty_table::<step::Entity>(db, step::Column::EventId).await?;
    empty_table::<showing::Entity>(db, showing::Column::Id).await?;
    empty_table::<title::Entity>(db, title::Column::Id).await?;
    forget_heard(db).await?;
    Ok(())
}

/// Takes in everything that was said so far; what was heard before is passed over. Tells `report` of each
/// stream when it is read.
pub async fn read_all(
    db: &Database,
    broker: &Arc<dyn Broker>,
    report: impl Fn(Read),
) -> Result<(), Error> {
    let mut beside = Beside::default();
    let store = Store { nudge: Nudge::default() };
    let counts = LaneCounts::suiting(&db.write);
    let lanes = Lanes::open("mypage", store, &db.write, counts, &mut beside, Wake::new());
    let reading = async move {
        for (source, policy) in POLICIES {
            report(read(source, policy, &**broker, &lanes).await?);
        }
        Ok(()) // the lanes end with their last handle
    };
    let (outcome, _) = futures::join!(reading, join_all(beside.0));
    outcome
}

async fn read(
    source: Context,
    policy: Policy<Store>,
    broker: &dyn Broker,
    lanes: &Lanes<Store>,
) -> Result<Read, Error> {
    let failed = |error| Error::Broker { source_context: source, source: error };
    let end = broker.last_sequence(source).await.map_err(failed)?;
    let read = Read { source, events: 0, unreadable: 0 };
    stream::iter(1..=end)
        .map(|sequence| broker.read(source, sequence))
        .buffered(READING)
        .map_err(failed)
        // Where an event was replaced there is none.
        .try_filter_map(|message| std::future::ready(Ok(message)))
        .map_ok(|message| async move {
            match policy(&message) {
                Ok(Some(command)) => take_in(lanes, &message, command).await.map(|()| true),
                Ok(None) => Ok(true),
                Err(error) => {
                    let (event, error) = (&message.name, chain(&error));
                    tracing::warn!(event, event.id = %message.id, error, "event passed over");
                    Ok(false)
                }
            }
        })
        .try_buffer_unordered(IN_HAND)
        .try_fold(read, async |read, readable| {
            let unreadable = read.unreadable + u64::from(!readable);
            Ok(Read { events: read.events + 1, unreadable, ..read })
        })
        .await
}

/// Goes on as long as the store is only busy.
async fn take_in(lanes: &Lanes<Store>, cause: &Message, command: Command) -> Result<(), Error> {
    for _ in 1..TRIES {
        let Err(error) = lanes.ask_once(cause, command.clone()).await else { return Ok(()) };
        let pause = match error.kind().verdict() {
            Verdict::Retry(pause) => pause,
            Verdict::RetryBriefly(_) | Verdict::DeadLetter => return Err(Error::Store(error)),
        };
        tracing::debug!(error = chain(&error), "event tried again");
        tokio::time::sleep(pause.min(Duration::from_secs(1))).await;
    }
    lanes.ask_once(cause, command).await.map_err(Error::Store)
}

/// Page by page, so that nobody waits long for a lock. What is added meanwhile may stay.
async fn empty_table<E: EntityTrait>(db: &DatabaseConnection, id: E::Column) -> Result<(), DbErr> {
    let mut last: Option<Uuid> = None;
    loop {
        let mut page = E::find().select_only().column(id).order_by_asc(id).limit(PAGE);
        if let Some(last) = last {
            page = page.filter(id.gt(last));
        }
        let ids: Vec<Uuid> = page.into_tuple().all(db).await?;
        let Some(end) = ids.last() else { return Ok(()) };
        last = Some(*end);
        E::delete_many().filter(id.is_in(ids)).exec(db).await?;
    }
}

// === impl Beside ===

impl Spawner for Beside {
    fn spawn(&mut self, _: &'static str, task: BoxFuture<'static, ()>) {
        self.0.push(task);
    }
}
