//! A context's own database: connecting to it, and bringing its tables up to date.

mod migrate;
mod sqlite;
mod tls;

use std::time::Duration;

use boxoffice_kernel::masked;
use sea_orm::{ConnectOptions, DatabaseConnection, DbErr};
use sqlx::pool::PoolOptions;
use sqlx::{Executor as _, MySql};
use url::Url;

pub use migrate::migrate;

/// One context's database. Clones share its connections.
///
/// For SQLite there is one connection that writes, and a pool that cannot; elsewhere both are the same pool.
#[derive(Clone, Debug)]
pub struct Database {
    /// For transactions and everything that changes something.
    pub write: DatabaseConnection,
    /// For queries.
    pub read: DatabaseConnection,
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections at most; for SQLite: that read.
    pub pool: u32,
    /// How long to wait for a free connection, or for the server, before the answer is "unavailable".
    pub acquire: Duration,
    /// What PostgreSQL's administrator sees.
    pub application: String,
    /// PostgreSQL gives a statement up after this long.
    pub statement: Duration,
}

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the URL of a database.
    #[error(
        "`{url}` is no database URL; expected sqlite://FILE, postgres://USER:PASSWORD@HOST/NAME or mysql://USER:PASSWORD@HOST/NAME"
    )]
    Url {
        /// As given, its password masked.
        url: String,
    },
    /// An option in the URL that would do nothing, or not what it seems to.
    #[error("the database URL {url}: {what}")]
    Option {
        /// Its password masked.
        url: String,
        /// What is wrong, and what is right.
        what: String,
    },
    /// A file that the URL names for TLS.
    #[error("the database URL {url}: {option} names {path}, which cannot be read")]
    TlsFile {
        /// Its password masked.
        url: String,
        /// `sslrootcert`, `ssl-ca` …
        option: String,
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// There is no safe connection to the server, and an unsafe one is not wanted.
    #[error("there is no TLS connection to the database {url}: {advice}")]
    Tls {
        /// Its password masked.
        url: String,
        /// What to do.
        advice: &'static str,
        /// Why not.
        source: DbErr,
    },
    /// The server is away, or does not let us in.
    #[error("the database {url} cannot be opened; check its address, name, user and password")]
    Unreachable {
        /// Its password masked.
        url: String,
        /// Why.
        source: DbErr,
    },
    /// The file is not ours to write.
    #[error(
        "the database file of {url} cannot be opened; check that its directory exists and is writable"
    )]
    File {
        /// As given.
        url: String,
        /// Why.
        source: DbErr,
    },
    /// The tables cannot be brought up to date.
    #[error("the database's tables cannot be brought up to date")]
    Migration(#[source] DbErr),
    /// Somebody else has been migrating all the time.
    #[error("another process has been migrating this database for more than {} s", .0.as_secs())]
    Busy(Duration),
}

/// How PostgreSQL plans for lanes, which load a batch by the ids it names. A generic plan walks a list of 256 ids for
/// every row it meets, and a page of a disk that seeks is dearer than the index that would find it: with these named
/// seats on a growing table went from 2,600 to 14,000 holds a second.
const PLANNING: [(&str, &str); 2] =
    [("random_page_cost", "1.1"), ("plan_cache_mode", "force_custom_plan")];

/// Connects to the database at `url`, by its scheme: `sqlite`, `postgres`, `postgresql`, `mysql` or `mariadb`.
pub async fn connect(url: &str, options: &Options) -> Result<Database, Error> {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        "sqlite" => sqlite::connect(url, options).await,
        "postgres" | "postgresql" => {
            let url = renamed(url, "postgres")?;
            tls::POSTGRES.check(&url)?;
            let mut connect = pooled(&url, options);
            connect
                .set_application_name(options.application.clone())
                .statement_timeout(options.statement)
                .map_sqlx_postgres_opts(|connect| {
                    connect.statement_cache_capacity(256).options(PLANNING)
                });
            shared(&url, connect).await
        }
        "mysql" | "mariadb" => {
            let url = renamed(url, "mysql")?;
            tls::MYSQL.check(&url)?;
            let mut connect = pooled(&url, options);
            connect
                .map_sqlx_mysql_opts(|connect| {
                    let connect = connect.charset("utf8mb4").timezone(Some("+00:00".to_owned()));
                    connect.pipes_as_concat(true).statement_cache_capacity(256)
                })
                .map_sqlx_mysql_pool_opts(read_committed);
            shared(&url, connect).await
        }
        _ => Err(Error::Url { url: masked(url) }),
    }
}

/// sea-orm knows each kind by one scheme only.
fn renamed(url: &str, scheme: &str) -> Result<String, Error> {
    let parsed = Url::parse(url).ok().filter(Url::has_host);
    let parsed = parsed.ok_or_else(|| Error::Url { url: masked(url) })?;
    let rest = parsed.as_str().split_once(':').map_or("", |(_, rest)| rest);
    Ok(format!("{scheme}:{rest}"))
}

fn pooled(url: &str, options: &Options) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(options.pool.max(1))
        .min_connections(0)
        .acquire_timeout(options.acquire)
        .connect_timeout(options.acquire)
        // The pool's own housekeeping may count its idle connections wrong while they come and go, and then never
        // ends (sqlx 0.9, `0..num_idle()`). There are few connections, and they are asked before use.
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        // A ping before every use is a round trip; a connection that was used just now is alive.
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(1));
    connect
}

async fn shared(url: &str, connect: ConnectOptions) -> Result<Database, Error> {
    let both = sea_orm::Database::connect(connect).await;
    let both = both.map_err(|source| match tls::advice(&source) {
        Some(advice) => Error::Tls { url: masked(url), advice, source },
        None => Error::Unreachable { url: masked(url), source },
    })?;
    Ok(Database { write: both.clone(), read: both })
}

/// MariaDB's default takes gap locks, and batches of inserts deadlock on them.
fn read_committed(pool: PoolOptions<MySql>) -> PoolOptions<MySql> {
    pool.after_connect(|connection, _| {
        Box::pin(async move {
            connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
            Ok(())
        })
    })
}

// === impl Options ===

impl Default for Options {
    fn default() -> Self {
        Self {
            pool: 8,
            acquire: Duration::from_secs(2),
            application: "boxoffice".to_owned(),
            statement: Duration::from_secs(10),
        }
    }
}
