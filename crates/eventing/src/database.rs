//! What three databases have in common, and where they differ: transactions, errors, column types.

mod shape;

use std::fmt;

use boxoffice_kernel::{Fault, Kind};
use sea_orm::sea_query::{Alias, ColumnDef, IntoIden, TableCreateStatement};
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::{Connection as _, Sqlite};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    RuntimeErr, SqliteTransactionMode, SqlxError, SqlxMySqlError, SqlxSqliteError, Statement,
    TransactionOptions, TransactionTrait,
};

pub use self::shape::{keys, statements};

/// How often a log is tried to be emptied.
const CHECKPOINTS: u32 = 15;

/// The store did not do as told. What a caller can do about it is its [`kind`].
#[derive(Debug)]
pub struct StoreError(DbErr);

/// Begins a transaction as every writer here must: READ COMMITTED, and on SQLite as its one writer
/// from the start (a reader that becomes a writer half-way can't wait, only fail).
///
/// PostgreSQL reads committed by default; MariaDB's default would take gap locks.
pub async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let mut options = TransactionOptions::default();
    let backend = db.get_database_backend();
    if backend == DbBackend::Sqlite {
        options.sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
    } else if backend == DbBackend::MySql {
        options.isolation_level = Some(IsolationLevel::ReadCommitted);
    }
    db.begin_with_options(options).await
}

/// A SQLite connection is used again only if its transaction is over.
///
/// When the disk fails, SQLite undoes the transaction by itself, and refuses the rollback that follows. The
/// driver then believes that the transaction is still open, makes the next one a savepoint in it, and what is
/// "committed" from then on is lost with the process.
pub fn sound(pool: PoolOptions<Sqlite>) -> PoolOptions<Sqlite> {
    pool.after_release(|connection, _| {
        let over = !connection.is_in_transaction();
        Box::pin(std::future::ready(Ok(over)))
    })
}

/// Leaves nothing of what was changed or deleted in a SQLite file, neither on its free pages nor in its log. Others may write
/// meanwhile; they wait. Servers look after their files themselves.
pub async fn scrub(db: &DatabaseConnection) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    db.execute_unprepared("VACUUM").await?;
    for _ in 0..CHECKPOINTS {
        // Waits for readers as long as the connection waits for a lock.
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let row = db.query_one_raw(Statement::from_string(DbBackend::Sqlite, checkpoint)).await?;
        if row.map(|row| row.try_get::<i32>("", "busy")).transpose()? == Some(0) {
            return Ok(());
        }
    }
    Err(DbErr::Custom("the file is being read all the time; try again later".to_owned()))
}

/// What a caller can do about `error`: [`Kind::Conflict`] (somebody raced us: try again),
/// [`Kind::Unavailable`] (the store was not there) or [`Kind::Internal`] (it was, and said no).
pub fn kind(error: &DbErr) -> Kind {
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(RuntimeErr::Internal(_))) {
        return Kind::Unavailable;
    }
    let (DbErr::Conn(RuntimeErr::SqlxError(cause))
    | DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return Kind::Internal;
    };
    if let SqlxError::Database(answer) = &**cause {
        return answered(answer.as_ref());
    }
    let gone = matches!(
        **cause,
        SqlxError::Io(_)
            | SqlxError::Tls(_)
            | SqlxError::Protocol(_)
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed
            | SqlxError::BeginFailed
    );
    if gone { Kind::Unavailable } else { Kind::Internal }
}

fn answered(answer: &dyn sea_orm::sqlx::error::DatabaseError) -> Kind {
    let code = answer.code().unwrap_or_default();
    if let Some(mysql) = answer.as_error().downcast_ref::<SqlxMySqlError>() {
        return match mysql.number() {
            // Duplicate key; lock wait timed out; deadlock; changed since read.
            1022 | 1062 | 1169 | 1586 | 1205 | 1213 | 1020 => Kind::Conflict,
            // Too many connections; shutting down; read-only; killed.
            1040 | 1203 | 1053 | 1290 | 1836 | 1927 => Kind::Unavailable,
            _ => Kind::Internal,
        };
    }
    if answer.as_error().is::<SqlxSqliteError>() {
        let code: i32 = code.parse().unwrap_or_default();
        return match (code, code & 0xff) {
            // Primary key, unique; another wrote since we read.
            (1555 | 2067 | 517, _) => Kind::Conflict,
            // Busy or locked for longer than we wait; read-only, disk I/O, full, cannot open.
            (_, 5 | 6 | 8 | 10 | 13 | 14) => Kind::Unavailable,
            _ => Kind::Internal,
        };
    }
    match &*code {
        // Unique; serialization; deadlock; lock not available.
        "23505" | "40001" | "40P01" | "55P03" => Kind::Conflict,
        // Connection; resources; shutting down or cancelled; a replica that can't write.
        it if it.starts_with("08") || it.starts_with("53") || it.starts_with("57") => {
            Kind::Unavailable
        }
        "25006" => Kind::Unavailable,
        _ => Kind::Internal,
    }
}

// === impl StoreError ===

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.reason() {
            "RACED" => "somebody else changed this first; try again",
            "STORE_UNREACHABLE" => "the store cannot be reached; try again shortly",
            _ => "the store answered with an error",
        })
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        Self(error)
    }
}

impl Fault for StoreError {
    fn kind(&self) -> Kind {
        kind(&self.0)
    }

    fn reason(&self) -> &'static str {
        match self.kind() {
            Kind::Conflict => "RACED",
            Kind::Unavailable => "STORE_UNREACHABLE",
            Kind::Invalid
            | Kind::NotFound
            | Kind::Refused
            | Kind::Unauthenticated
            | Kind::Denied
            | Kind::Exhausted
            | Kind::Internal => "INTERNAL",
        }
    }
}

/// A table whose text is compared byte by byte. MySQL's default takes `Alice` for `alice`; the others don't.
pub fn exact(backend: DbBackend, mut table: TableCreateStatement) -> TableCreateStatement {
    if backend == DbBackend::MySql {
        table.collate("utf8mb4_bin");
    }
    table
}

/// A `NOT NULL` moment, exact to the microsecond; for `chrono::DateTime<Utc>`.
pub fn moment(backend: DbBackend, name: impl IntoIden) -> ColumnDef {
    let mut column = moment_null(backend, name);
    column.not_null();
    column
}

/// A moment or `NULL`, exact to the microsecond; for `Option<chrono::DateTime<Utc>>`.
pub fn moment_null(backend: DbBackend, name: impl IntoIden) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    if backend == DbBackend::MySql {
        // A MySQL TIMESTAMP has whole seconds, ends in 2038 and may update itself.
        column.custom(Alias::new("DATETIME(6)"));
    } else {
        column.timestamp_with_time_zone();
    }
    column
}

/// `NOT NULL` bytes of any length; for `Vec<u8>`.
pub fn bytes(backend: DbBackend, name: impl IntoIden) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    if backend == DbBackend::MySql {
        column.custom(Alias::new("LONGBLOB")); // a MySQL BLOB ends at 64 KiB
    } else {
        column.blob();
    }
    column.not_null();
    column
}
