//! Keeps an embedded store from being written, from outside, as a process that hangs would.

use std::path::Path;

use anyhow::{Context as _, Result};
use sea_orm::{
    ConnectOptions, Database, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};

/// Holds the one write lock of a SQLite file; readers go on. Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Lock(DatabaseTransaction);

// === impl Lock ===

impl Lock {
    pub(super) async fn take(file: &Path) -> Result<Self> {
        let mut options = ConnectOptions::new(format!("sqlite://{}", file.display()));
        // Whoever writes just now is through in a moment; but no queue stands behind a SQLite lock.
        options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(|options| {
            options.busy_timeout(std::time::Duration::from_secs(30))
        });
        let db = Database::connect(options)
            .await
            .with_context(|| format!("opening {}", file.display()))?;
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = db.begin_with_options(options).await;
        Ok(Self(transaction.with_context(|| format!("locking {}", file.display()))?))
    }

    pub(super) async fn give_back(self) -> Result<()> {
        Ok(self.0.rollback().await?)
    }
}
