//! Scratch databases of every kind, and how a test runs on each of them.

use std::time::Duration;

use boxoffice_eventing::migrations;
use boxoffice_testkit::stores::Store as Scratch;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use sea_orm_migration::prelude::*;

/// A context's database, empty but for its tables.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) db: DatabaseConnection,
    url: String,
    /// Where it is; `None`: on a server of the test's own.
    _scratch: Option<Scratch>,
}

/// Eventing's tables, and the toy's.
struct Migrator;

struct CreateTickets;

#[derive(DeriveIden)]
enum Tickets {
    Table,
    Id,
    Seat,
    Version,
}

// === impl Store ===

impl Store {
    pub(crate) async fn sqlite() -> Self {
        Self::on(Scratch::sqlite().await.unwrap()).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::on(Scratch::postgres().await.unwrap()).await
    }

    pub(crate) async fn mariadb() -> Self {
        Self::on(Scratch::mariadb().await.unwrap()).await
    }

    pub(crate) async fn on(scratch: Scratch) -> Self {
        Self { _scratch: Some(scratch.clone()), ..Self::at(scratch.url().to_owned()).await }
    }

    pub(crate) async fn at(url: String) -> Self {
        let db = connect(&url).await;
        Migrator::up(&db, None).await.unwrap();
        Self { db, url, _scratch: None }
    }

    /// The connections of another process to the same database.
    pub(crate) async fn replica(&self) -> DatabaseConnection {
        connect(&self.url).await
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        let row = self.db.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get("", "n").unwrap()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap();
    }
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    // SQLite has one writer: with one connection those who write take turns, as in the product.
    let connections = if url.starts_with("sqlite") { 1 } else { 8 };
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(2))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| {
            options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
        });
    Database::connect(options).await.unwrap()
}

// === the tables ===

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = migrations::all();
        all.push(Box::new(CreateTickets));
        all
    }
}

impl MigrationName for CreateTickets {
    fn name(&self) -> &str {
        "m20261121_000002_create_tickets"
    }
}

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
#[async_trait::async_trait]
impl MigrationTrait for CreateTickets {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tickets = Table::create()
            .table(Tickets::Table)
            .col(ColumnDef::new(Tickets::Id).uuid().not_null().primary_key())
            .col(
                ColumnDef::new(Tickets::Seat)
                    .string_len(16)
                    .not_null()
                    .check(Expr::col(Tickets::Seat).ne("X-13")),
            )
            .col(ColumnDef::new(Tickets::Version).big_integer().not_null())
            .to_owned();
        manager.create_table(tickets).await
    }
}

/// Makes a test of each function, on each database.
macro_rules! on_every_store {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(crate::stores::Store::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(crate::stores::Store::postgres().await).await;
            })+
        }
        mod mariadb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(crate::stores::Store::mariadb().await).await;
            })+
        }
    };
}
pub(crate) use on_every_store;

/// Makes a test of each function, on each broker and each database at least once.
macro_rules! on_every_broker {
    ($($test:ident),+ $(,)?) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let store = crate::stores::Store::sqlite().await;
                super::$test::<crate::world::Embedded>(store).await;
            })+
        }
        mod jetstream {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let store = crate::stores::Store::postgres().await;
                super::$test::<crate::world::Jet>(store).await;
            })+
        }
        mod jetstream_and_mariadb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let store = crate::stores::Store::mariadb().await;
                super::$test::<crate::world::Jet>(store).await;
            })+
        }
    };
}
pub(crate) use on_every_broker;
