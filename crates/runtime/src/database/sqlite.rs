//! A SQLite file: one connection writes, others read beside it (write-ahead log), and a commit is on the disk.

use std::str::FromStr as _;
use std::time::Duration;

use boxoffice_eventing::database::sound;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, DatabaseConnection, DbErr};

use super::{Database, Error, Options};

/// How long a lock of another process on the file is waited for.
const BUSY: Duration = Duration::from_secs(2);

pub(super) async fn connect(url: &str, options: &Options) -> Result<Database, Error> {
    SqliteConnectOptions::from_str(url).map_err(|_| Error::Url { url: url.to_owned() })?;
    let failed = |source| Error::File { url: url.to_owned(), source };
    let write = open(url, 1, options, writing).await.map_err(failed)?;
    if url.contains(":memory:") || url.contains("mode=memory") {
        // Another connection would see another database.
        return Ok(Database { read: write.clone(), write });
    }
    let read = open(url, options.pool.max(1), options, reading).await.map_err(failed)?;
    Ok(Database { write, read })
}

async fn open(
    url: &str,
    connections: u32,
    options: &Options,
    set: fn(SqliteConnectOptions) -> SqliteConnectOptions,
) -> Result<DatabaseConnection, DbErr> {
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(options.acquire)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_pool_opts(sound)
        .map_sqlx_sqlite_opts(set);
    sea_orm::Database::connect(connect).await
}

fn writing(connect: SqliteConnectOptions) -> SqliteConnectOptions {
    common(connect)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", "8000")
}

fn reading(connect: SqliteConnectOptions) -> SqliteConnectOptions {
    common(connect).create_if_missing(false).pragma("query_only", "ON")
}

fn common(connect: SqliteConnectOptions) -> SqliteConnectOptions {
    connect.foreign_keys(true).busy_timeout(BUSY).statement_cache_capacity(256)
}
