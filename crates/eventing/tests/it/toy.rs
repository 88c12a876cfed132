//! The smallest context there can be: tickets that are placed, then confirmed any number of times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use boxoffice_eventing::{LaneCounts, Lanes, Message, Spawner, Turned, Wake, Work, database};
use boxoffice_kernel::{Clock, Context, Fault, Kind};
use futures::future::BoxFuture;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

pub(crate) const PLACED: &str = "boxoffice.booking.v1.TicketPlaced";
pub(crate) const CONFIRMED: &str = "boxoffice.booking.v1.TicketConfirmed";

/// The ticket of [`Command::Clash`].
pub(crate) const CLASH: Uuid = Uuid::from_u128(13);

mod ticket {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tickets")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub seat: String,
        /// 1: placed; then one more for each confirmation.
        pub version: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Its write path.
#[derive(Clone, Debug)]
pub(crate) struct Toy {
    /// A transaction needs a permit, and keeps it for good.
    pub(crate) gate: Arc<Semaphore>,
    /// How long each transaction takes longer.
    pub(crate) drag: Duration,
}

#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// Says so once, however often it is asked.
    Place { id: Uuid, seat: String },
    /// Says so every time.
    Confirm { id: Uuid },
    /// Confirms, and is slow about it.
    Drag { id: Uuid },
    /// Makes a ticket that another made first, and does not see it, however often it looks.
    Clash,
    /// A bug.
    Panic,
}

#[derive(Debug, Default)]
pub(crate) struct Unit {
    tickets: BTreeMap<Uuid, ticket::Model>,
    locked: BTreeSet<Uuid>,
    changed: BTreeSet<Uuid>,
    events: Vec<Message>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such ticket")]
    NotFound,
    #[error("nobody knows why")]
    Poisoned,
    #[error(transparent)]
    Turned(#[from] Turned),
    #[error("the ticket store failed")]
    Store(#[source] DbErr),
}

/// Owns the tasks; they end with it.
#[derive(Debug, Default)]
pub(crate) struct Tasks(pub(crate) JoinSet<()>);

// === impl Toy ===

impl Default for Toy {
    fn default() -> Self {
        Self { gate: Arc::new(Semaphore::new(1_000_000)), drag: Duration::ZERO }
    }
}

impl Toy {
    pub(crate) fn open(
        self,
        db: &DatabaseConnection,
        tasks: &mut Tasks,
        wake: &Wake,
    ) -> Lanes<Self> {
        let counts = LaneCounts { interactive: 2, events: 2 };
        Lanes::open("toy", self, db, counts, tasks, wake.clone())
    }
}

impl Work for Toy {
    type Command = Command;
    type Answer = i64;
    type Error = Error;
    type Unit = Unit;

    fn key(command: &Command) -> Uuid {
        command.id()
    }

    async fn load(&self, tx: &DatabaseTransaction, commands: &[&Command]) -> Result<Unit, DbErr> {
        if let Ok(permit) = self.gate.acquire().await {
            permit.forget();
        }
        if commands.iter().any(|it| matches!(it, Command::Drag { .. })) {
            tokio::time::sleep(self.drag).await;
        }
        let ids: BTreeSet<Uuid> = commands.iter().map(|it| it.id()).collect();
        let rows = ticket::Entity::find()
            .filter(ticket::Column::Id.is_in(ids))
            .order_by_asc(ticket::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
        let tickets: BTreeMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        let locked = tickets.keys().copied().collect();
        Ok(Unit { tickets, locked, ..Unit::default() })
    }

    fn decide(unit: &mut Unit, command: &Command) -> Result<i64, Error> {
        match command {
            Command::Place { id, seat } => {
                if let Some(earlier) = unit.tickets.get(id) {
                    return Ok(earlier.version);
                }
                let ticket = ticket::Model { id: *id, seat: seat.clone(), version: 1 };
                Ok(unit.put(ticket, PLACED))
            }
            Command::Confirm { id } | Command::Drag { id } => {
                let mut ticket = unit.tickets.get(id).cloned().ok_or(Error::NotFound)?;
                ticket.version += 1;
                Ok(unit.put(ticket, CONFIRMED))
            }
            Command::Clash => {
                let ticket = ticket::Model { id: CLASH, seat: "A-1".to_owned(), version: 1 };
                Ok(unit.put(ticket, PLACED))
            }
            Command::Panic => panic!("a bug"),
        }
    }

    fn recorded(unit: &mut Unit) -> Vec<Message> {
        std::mem::take(&mut unit.events)
    }

    async fn save(&self, tx: &DatabaseTransaction, mut unit: Unit) -> Result<(), DbErr> {
        let changed = unit.changed.iter().filter_map(|id| unit.tickets.remove(id));
        let (known, new): (Vec<_>, Vec<_>) = changed.partition(|it| unit.locked.contains(&it.id));
        let row = |ticket: ticket::Model| ticket.into_active_model();
        if !new.is_empty() {
            ticket::Entity::insert_many(new.into_iter().map(row))
                .exec_without_returning(tx)
                .await?;
        }
        if !known.is_empty() {
            let version = OnConflict::column(ticket::Column::Id)
                .update_column(ticket::Column::Version)
                .to_owned();
            ticket::Entity::insert_many(known.into_iter().map(row))
                .on_conflict(version)
                .exec_without_returning(tx)
                .await?;
        }
        Ok(())
    }
}

// === impl Command ===

impl Command {
    pub(crate) fn place(id: Uuid) -> Self {
        Self::Place { id, seat: "A-1".to_owned() }
    }

    fn id(&self) -> Uuid {
        match self {
            Self::Place { id, .. } | Self::Confirm { id } | Self::Drag { id } => *id,
            Self::Clash | Self::Panic => Uuid::nil(),
        }
    }
}

// === impl Unit ===

impl Unit {
    fn put(&mut self, ticket: ticket::Model, name: &str) -> i64 {
        let (id, version) = (ticket.id, ticket.version);
        self.changed.insert(id);
        self.events.push(event(name, id, version.cast_unsigned()));
        self.tickets.insert(id, ticket);
        version
    }
}

/// What the toy says.
pub(crate) fn event(name: &str, about: Uuid, version: u64) -> Message {
    Message::new(Context::BOOKING, name, about, version, about, Clock.now(), &b"\x08\x01"[..])
}

// === impl Error ===

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Store(error)
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Poisoned => Kind::Invalid,
            Self::Turned(turned) => turned.kind(),
            Self::Store(error) => database::kind(error),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound => "TICKET_NOT_FOUND",
            Self::Poisoned => "POISONED",
            Self::Turned(turned) => turned.reason(),
            Self::Store(_) => "STORE",
        }
    }
}

// === impl Tasks ===

impl Spawner for Tasks {
    fn spawn(&mut self, _: &'static str, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
}

impl Tasks {
    pub(crate) fn run(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(task);
    }

    /// Waits for the next task to end.
    pub(crate) async fn next_end(&mut self) -> Result<(), JoinError> {
        self.0.join_next().await.unwrap()
    }
}
