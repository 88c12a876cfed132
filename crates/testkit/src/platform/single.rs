//! One process with everything embedded.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use boxoffice_kernel::Context;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::lock::Lock;
use super::node::Node;
use super::proc;
use super::stall::Stall;
use super::{Output, Platform, Said, Settings, Topology, boxoffice, streams};
use crate::clients::Issuer;
use crate::servers::free_port;
use crate::servers::process::Signal;

/// Somebody else may take a port between our finding and our using it.
const ATTEMPTS: u32 = 3;

/// One `boxoffice serve` with SQLite files and the embedded event log.
#[derive(Debug)]
pub struct Single {
    /// First of all, so that the locks are gone before the process is.
    locks: Mutex<HashMap<Store, Lock>>,
    stalls: Mutex<HashMap<Context, Stall>>,
    node: Mutex<Node>,
    kept: Mutex<Option<TempDir>>,
    issuer: Issuer,
    url: String,
    data: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Store {
    Of(Context),
    Events,
}

// === impl Single ===

impl Single {
    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// The binary is not built, or does not come up.
    pub async fn start(settings: Settings) -> Result<Self> {
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            let mut node = Node::new("boxoffice", free_port()?)?;
            node.set(settings.flags());
            if settings.has_demo() {
                node.with_demo();
            }
            node.bound_files(settings.file_limit());
            match node.start().await {
                Ok(()) => return Self::of(node),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.context("no attempt was made")?)
    }

    fn of(node: Node) -> Result<Self> {
        let data = node.data();
        Ok(Self {
            issuer: Issuer::read(&data.join("dev-key.pem"))?,
            url: node.url(),
            data,
            locks: Mutex::default(),
            stalls: Mutex::default(),
            kept: Mutex::default(),
            node: Mutex::new(node),
        })
    }

    /// The data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// All it has printed and logged.
    pub async fn words(&self) -> String {
        self.node.lock().await.words()
    }

    /// Lifts the limit that [`Settings::most_file_blocks`] set: as if somebody had made room on the disk.
    ///
    /// # Errors
    /// The process is not there, or `prlimit` is not.
    pub async fn make_room(&self) -> Result<()> {
        let process = proc::serving(&self.data)?;
        let pid = process.file_name().unwrap_or_default().to_string_lossy();
        let mut prlimit = Command::new("prlimit");
        let status = prlimit
            .args(["--pid", &*pid, "--fsize=unlimited"])
            .status()
            .await
            .context("prlimit")?;
        anyhow::ensure!(status.success(), "prlimit: {status}");
        Ok(())
    }

    fn file(&self, store: Store) -> PathBuf {
        self.data.join(match store {
            Store::Of(context) => format!("{context}.db"),
            Store::Events => "events.db".to_owned(),
        })
    }

    async fn lock(&self, store: Store) -> Result<()> {
        let lock = Lock::take(&self.file(store)).await?;
        self.locks.lock().await.insert(store, lock);
        Ok(())
    }

    async fn unlock(&self, store: Store) -> Result<()> {
        let lock = self.locks.lock().await.remove(&store);
        match lock {
            Some(lock) => lock.give_back().await,
            None => Ok(()),
        }
    }

    /// The event log's file with what stands beside it.
    fn log_files(directory: &Path) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("events.db") {
                files.push(path);
            }
        }
        Ok(files)
    }
}

#[async_trait]
impl Platform for Single {
    fn topology(&self) -> Topology {
        Topology::Single
    }

    fn url(&self, _: Context) -> String {
        self.url.clone()
    }

    fn replica_url(&self, _: Context) -> Option<String> {
        None
    }

    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    async fn peak_memory(&self, _: Context) -> Result<u64> {
        proc::peak_memory(&self.data)
    }

    async fn stop(&self, _: Context) -> Result<ExitStatus> {
        self.node.lock().await.end(Signal::Term).await
    }

    async fn start(&self, _: Context) -> Result<()> {
        self.node.lock().await.start().await
    }

    async fn kill(&self, _: Context) -> Result<()> {
        self.node.lock().await.end(Signal::Kill).await.map(drop)
    }

    async fn abort_at(&self, _: Context, point: &str) -> Result<()> {
        let mut node = self.node.lock().await;
        node.make_sure_it_ended().await?;
        node.start_to_abort(point).await
    }

    async fn ended(&self, _: Context) -> Result<ExitStatus> {
        self.node.lock().await.ended().await
    }

    async fn restart_with(&self, _: Context, flags: &[(&str, &str)]) -> Result<()> {
        let mut node = self.node.lock().await;
        node.make_sure_it_ended().await?;
        node.start_with(flags).await
    }

    async fn down(&self, context: Context) -> Result<()> {
        self.lock(Store::Of(context)).await
    }

    async fn slow(&self, context: Context, by: Duration) -> Result<()> {
        if context != Context::PAYMENT {
            bail!("in one process {context} cannot be slow for its peers alone");
        }
        let latency = format!("{}ms", by.as_millis());
        self.restart_with(context, &[("simulator-latency", &latency)]).await
    }

    async fn hang(&self, context: Context) -> Result<()> {
        let stall = Stall::begin(&self.file(Store::Of(context))).await?;
        self.stalls.lock().await.insert(context, stall);
        Ok(())
    }

    async fn heal(&self, context: Context) -> Result<()> {
        if self.stalls.lock().await.remove(&context).is_some() {
            return Ok(());
        }
        let locked = self.locks.lock().await.contains_key(&Store::Of(context));
        if locked {
            return self.unlock(Store::Of(context)).await;
        }
        self.restart_with(context, &[]).await
    }

    async fn broker_down(&self) -> Result<()> {
        self.lock(Store::Events).await
    }

    async fn broker_up(&self) -> Result<()> {
        self.unlock(Store::Events).await
    }

    async fn broker_keep(&self) -> Result<()> {
        let mut node = self.node.lock().await;
        node.end(Signal::Term).await?;
        let copy = tempfile::Builder::new().prefix("boxoffice-events-").tempdir()?;
        for file in Self::log_files(&self.data)? {
            std::fs::copy(&file, copy.path().join(file.file_name().unwrap_or_default()))?;
        }
        *self.kept.lock().await = Some(copy);
        node.start().await
    }

    async fn broker_set_back(&self) -> Result<()> {
        let mut node = self.node.lock().await;
        let kept = self.kept.lock().await;
        let kept = kept.as_ref().context("nothing was kept")?;
        node.end(Signal::Kill).await?;
        for file in Self::log_files(&self.data)? {
            std::fs::remove_file(file)?;
        }
        for file in Self::log_files(kept.path())? {
            std::fs::copy(&file, self.data.join(file.file_name().unwrap_or_default()))?;
        }
        node.start().await
    }

    async fn said(&self, context: Context) -> Result<Vec<Said>> {
        streams::of_log(&self.file(Store::Events), context).await
    }

    async fn operate(&self, command: &[&str]) -> Result<Output> {
        let data = self.data.display().to_string();
        let arguments: Vec<_> = command.iter().copied().chain(["--data-dir", &data]).collect();
        boxoffice(&self.data, &arguments).await
    }

    fn last_words(&self) -> String {
        self.node.try_lock().map_or_else(|_| String::new(), |node| node.last_words())
    }
}
