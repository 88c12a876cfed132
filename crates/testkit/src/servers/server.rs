//! A server that keeps its port and its directory while its process comes and goes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::certificates::Certificate;
use super::port::free_port;
use super::process::{PATIENCE, Process, Signal};
use super::scratch::Scratch;

/// Somebody else may take a port between our finding and our using it.
const ATTEMPTS: u32 = 10;

/// One server: its process is dropped before the directory it works in.
#[derive(Debug)]
pub(crate) struct Server {
    process: Option<Process>,
    scratch: Scratch,
    port: u16,
    command: Command,
}

/// What is run.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// The signal that ends it there and then.
    pub(crate) at_once: Signal,
}

// === impl Server ===

impl Server {
    /// Starts what `prepare` makes for a free port, and waits until it answers.
    pub(crate) async fn start(
        prepare: impl AsyncFn(u16) -> Result<(Scratch, Command)>,
        answers: impl AsyncFn(u16) -> bool,
    ) -> Result<Self> {
        let mut last_words = String::new();
        for _ in 0..ATTEMPTS {
            let port = free_port()?;
            let (scratch, command) = prepare(port).await?;
            let mut server = Self { process: None, scratch, port, command };
            if server.launch(&answers).await? {
                return Ok(server);
            }
            last_words = server.scratch.last_words();
        }
        bail!("no server came up in {ATTEMPTS} attempts; its last words:\n{last_words}")
    }

    /// Starts the stopped server on its old port, with what it has in its directory.
    pub(crate) async fn start_again(&mut self, answers: impl AsyncFn(u16) -> bool) -> Result<()> {
        let name = self.command.name;
        ensure!(!self.is_running()?, "{name} is still running");
        for _ in 0..ATTEMPTS {
            if self.launch(&answers).await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        bail!(
            "{name} does not start on port {} again; its last words:\n{}",
            self.port,
            self.scratch.last_words()
        )
    }

    /// Ends the process by a signal, and waits for its end.
    pub(crate) async fn end(&mut self, signal: Signal) -> Result<()> {
        let process =
            self.process.take().with_context(|| format!("{} is not running", self.command.name))?;
        process.end(signal).await
    }

    pub(crate) fn is_running(&mut self) -> Result<bool> {
        self.process.as_mut().map_or(Ok(false), |process| Ok(!process.has_ended()?))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn directory(&self) -> &Path {
        self.scratch.path()
    }

    /// Gives it another certificate, which it takes when it is started again.
    pub(crate) fn certify(&self, certificate: &Certificate) -> Result<()> {
        certificate.install(self.scratch.path(), self.scratch.owner())
    }

    /// Whether it came up; `false` when it ended instead.
    async fn launch(&mut self, answers: &impl AsyncFn(u16) -> bool) -> Result<bool> {
        let process = self.process.insert(Process::start(&self.command, &self.scratch)?);
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if process.has_ended()? {
                return Ok(false);
            }
            let answer = tokio::time::timeout(Duration::from_secs(5), answers(self.port));
            if answer.await.unwrap_or(false) {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!(
            "{} does not answer; its last words:\n{}",
            self.command.name,
            self.scratch.last_words()
        )
    }
}
