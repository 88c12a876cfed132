//! NATS with `JetStream`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use async_nats::ConnectOptions;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::process::Signal;
use super::scratch::{Scratch, copy};
use super::server::{Command, Server};
use super::tools::Tools;

/// A broker of one node, whose streams are files in a scratch directory.
#[derive(Debug)]
pub struct Nats {
    server: Server,
}

/// What a stopped broker had stored.
#[derive(Debug)]
pub struct Snapshot(TempDir);

// === impl Nats ===

impl Nats {
    /// Starts the pinned version on a free port and waits until `JetStream` answers.
    ///
    /// # Errors
    /// It is not installed, or does not come up.
    pub async fn start() -> Result<Self> {
        Self::start_tool("nats-server").await
    }

    /// Starts it with a configuration of its own, such as `authorization { token: "t" }`.
    ///
    /// # Errors
    /// As [`start`](Self::start), or it does not take the configuration.
    pub async fn start_with(configuration: &str) -> Result<Self> {
        Self::launch("nats-server", Some(configuration)).await
    }

    /// Starts another version: any tool of `tools.toml`, or program on the PATH, that takes nats-server's flags.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_tool(tool: &str) -> Result<Self> {
        Self::launch(tool, None).await
    }

    async fn launch(tool: &str, configuration: Option<&str>) -> Result<Self> {
        let program = Tools::find().program(tool)?;
        let prepare = async |port: u16| {
            let scratch = Scratch::new("nats")?;
            let arguments =
                ["--jetstream", "--addr", "127.0.0.1", "--port", &port.to_string(), "--store_dir"];
            let mut arguments: Vec<_> = arguments.into_iter().map(Into::into).collect();
            arguments.push(store(&scratch).into());
            if let Some(text) = configuration {
                let file = configuration_file(scratch.path());
                std::fs::write(&file, text)?;
                arguments.extend(["--config".into(), file.into()]);
            }
            let command = Command {
                name: "nats-server",
                program: program.clone(),
                arguments,
                at_once: Signal::Kill,
            };
            Ok((scratch, command))
        };
        let server = match configuration {
            None => Server::start(prepare, answers).await?,
            Some(_) => Server::start(prepare, greets).await?,
        };
        Ok(Self { server })
    }

    /// Writes another configuration, which it takes when it is started again.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn reconfigure(&self, configuration: &str) -> Result<()> {
        Ok(std::fs::write(configuration_file(self.server.directory()), configuration)?)
    }

    /// `nats://127.0.0.1:<port>`, the same after every restart.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.server.port())
    }

    /// Where the streams lie.
    #[must_use]
    pub fn store_dir(&self) -> PathBuf {
        self.server.directory().join("store")
    }

    /// Ends it in an orderly way.
    ///
    /// # Errors
    /// It was not running, or does not end.
    pub async fn stop(&mut self) -> Result<()> {
        self.server.end(Signal::Term).await
    }

    /// Ends it by SIGKILL.
    ///
    /// # Errors
    /// It was not running.
    pub async fn kill(&mut self) -> Result<()> {
        self.server.end(Signal::Kill).await
    }

    /// Starts it after a stop, on its port and with its store.
    ///
    /// # Errors
    /// It is running, or does not come up.
    pub async fn start_again(&mut self) -> Result<()> {
        if configuration_file(self.server.directory()).exists() {
            return self.server.start_again(greets).await;
        }
        self.server.start_again(answers).await
    }

    /// Copies the store of the stopped broker.
    ///
    /// # Errors
    /// It is running, or its files cannot be read.
    pub fn snapshot_store(&mut self) -> Result<Snapshot> {
        ensure!(
            !self.server.is_running()?,
            "stop the broker first: the store of a running one is not whole"
        );
        let snapshot =
            Snapshot(tempfile::Builder::new().prefix("boxoffice-nats-snapshot-").tempdir()?);
        copy(&self.store_dir(), snapshot.0.path())?;
        Ok(snapshot)
    }

    /// Sets the store of the stopped broker back: whatever was acknowledged since is lost, as when a disk was.
    ///
    /// # Errors
    /// It is running, or its files cannot be written.
    pub fn restore_store(&mut self, snapshot: &Snapshot) -> Result<()> {
        ensure!(
            !self.server.is_running()?,
            "stop the broker first: a running one would not notice"
        );
        std::fs::remove_dir_all(self.store_dir())?;
        copy(snapshot.0.path(), &self.store_dir())
    }
}

fn store(scratch: &Scratch) -> PathBuf {
    scratch.path().join("store")
}

fn configuration_file(scratch: &Path) -> PathBuf {
    scratch.join("nats.conf")
}

fn url(port: u16) -> String {
    format!("nats://127.0.0.1:{port}")
}

/// It says who it is before it asks who we are.
async fn greets(port: u16) -> bool {
    let Ok(mut line) = TcpStream::connect(("127.0.0.1", port)).await else { return false };
    let mut word = [0; 5];
    line.read_exact(&mut word).await.is_ok() && word == *b"INFO "
}

async fn answers(port: u16) -> bool {
    let options = ConnectOptions::new().connection_timeout(Duration::from_secs(1));
    match options.connect(url(port)).await {
        // In words of our own: the client's `query_account` wants fields that a 2.9 server does not send.
        Ok(client) => client.request("$JS.API.INFO", "".into()).await.is_ok(),
        Err(_) => false,
    }
}
