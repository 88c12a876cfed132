//! Scratch databases of every kind, and how a scenario runs on each of them.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::servers::{MariaDb, Postgres};

/// An empty database of a test's own, and a directory beside it. Clones are the same; both are gone with the last.
#[derive(Clone, Debug)]
pub struct Store {
    kind: &'static str,
    url: String,
    directory: Arc<TempDir>,
}

// === impl Store ===

impl Store {
    /// A SQLite file: for one process.
    ///
    /// # Errors
    /// There is no room for it.
    pub async fn sqlite() -> Result<Self> {
        let directory = directory()?;
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("store.db").display());
        Ok(Self { kind: "sqlite", url, directory })
    }

    /// On the PostgreSQL that all tests of this process share.
    ///
    /// # Errors
    /// It is not installed, or does not come up.
    pub async fn postgres() -> Result<Self> {
        let url = Postgres::shared().await?.database().await?;
        Ok(Self { kind: "postgres", url, directory: directory()? })
    }

    /// On the MariaDB that all tests of this process share.
    ///
    /// # Errors
    /// It is not installed, or does not come up.
    pub async fn mariadb() -> Result<Self> {
        let url = MariaDb::shared().await?.database().await?;
        Ok(Self { kind: "mariadb", url, directory: directory()? })
    }

    /// `sqlite`, `postgres` or `mariadb`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A place for a file beside the database, such as an event log.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

fn directory() -> Result<Arc<TempDir>> {
    let directory = TempDir::with_prefix("boxoffice-store-").context("making a directory")?;
    Ok(Arc::new(directory))
}

/// Makes tests of scenarios, each on every kind of database: `async fn name(world: World) { … }`, where
/// `World::on(Store)` makes the world.
#[macro_export]
macro_rules! on_every_store {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: $World:ty) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn scenario($world: $World) $body

            $crate::on_store!(on_sqlite, sqlite, $World);
            $crate::on_store!(on_postgres, postgres, $World);
            $crate::on_store!(on_mariadb, mariadb, $World);
        }
    )+};
}

/// As [`on_every_store`], where two processes share a database: one in a file is for one.
#[macro_export]
macro_rules! on_every_server {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: $World:ty) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn scenario($world: $World) $body

            $crate::on_store!(on_postgres, postgres, $World);
            $crate::on_store!(on_mariadb, mariadb, $World);
        }
    )+};
}

/// The test `$test` of a `scenario`, on one kind of database.
#[doc(hidden)]
#[macro_export]
macro_rules! on_store {
    ($test:ident, $kind:ident, $World:ty) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            let store = $crate::stores::Store::$kind().await.unwrap();
            scenario(<$World>::on(store).await).await;
        }
    };
}
