//! Brings tables up to date, one process at a time.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{MigrationTrait, MigratorTraitSelf};
use tokio::time::{Instant, sleep};

use super::{Database, Error};

/// A context's migrations, in order.
struct Migrations(fn() -> Vec<Box<dyn MigrationTrait>>);

/// How long another process may take to migrate.
const PATIENCE: Duration = Duration::from_secs(60);

/// Any number will do, as long as every replica has the same.
const LOCK: i64 = 0x626f_786f_6666;

/// Applies those of `migrations` that have not been applied. Replicas that start at once wait for each other.
pub async fn migrate(
    db: &Database,
    migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
) -> Result<(), Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // A transaction keeps one connection, and so the lock that belongs to it.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let locked = match db.write.begin_with_options(options).await {
            Ok(tx) => lock(&tx).await.map_err(Error::Migration)?.then_some(tx),
            Err(error) if is_busy(&error) => None,
            Err(error) => return Err(Error::Migration(error)),
        };
        if let Some(tx) = locked {
            return apply(tx, migrations).await.map_err(Error::Migration);
        }
        if Instant::now() >= deadline {
            return Err(Error::Busy(PATIENCE));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

async fn apply(
    tx: DatabaseTransaction,
    migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
) -> Result<(), DbErr> {
    let applied = Migrations(migrations).up(&tx, None).await;
    unlock(&tx).await?;
    match applied {
        Ok(()) => tx.commit().await,
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list may grow")]
/// Whether the lock is ours. SQLite's transaction is one already.
async fn lock(tx: &DatabaseTransaction) -> Result<bool, DbErr> {
    match tx.get_database_backend() {
        // Ends with the transaction.
        DbBackend::Postgres => ask(tx, &format!("SELECT pg_try_advisory_xact_lock({LOCK})")).await,
        DbBackend::MySql => {
            let lock = format!("SELECT GET_LOCK(CONCAT('boxoffice-', {LOCK}, DATABASE()), 0) = 1");
            ask(tx, &lock).await
        }
        _ => Ok(true),
    }
}

async fn unlock(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::MySql {
        let unlock = format!("SELECT RELEASE_LOCK(CONCAT('boxoffice-', {LOCK}, DATABASE())) = 1");
        ask(tx, &unlock).await?;
    }
    Ok(())
}

async fn ask(tx: &DatabaseTransaction, sql: &str) -> Result<bool, DbErr> {
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    let row = tx.query_one_raw(statement).await?;
    row.map_or(Ok(false), |row| row.try_get_by_index(0))
}

/// SQLite: another process has been writing for longer than we wait for a lock.
fn is_busy(error: &DbErr) -> bool {
    error.to_string().contains("database is locked")
}

// === impl Migrations ===

impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        (self.0)()
    }
}
