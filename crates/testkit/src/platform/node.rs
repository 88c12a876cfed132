//! One process of the platform, and its directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::binary;
use crate::servers::process::{PATIENCE, Process, Signal};
use crate::servers::scratch::Scratch;
use crate::servers::server::Command;

/// One `boxoffice serve`.
#[derive(Debug)]
pub struct Node {
    process: Option<Process>,
    scratch: Scratch,
    name: &'static str,
    port: u16,
    flags: BTreeMap<String, String>,
    repeated: Vec<(String, String)>,
    file_limit: Option<u32>,
}

/// Runs its arguments with the files it may write bounded; too long a file is an error, not its death.
const BOUNDED: &str = r#"trap '' XFSZ; ulimit -S -f "$1"; shift; exec "$@""#;

// === impl Node ===

impl Node {
    /// A process that is not started yet. Its flags are given by name without dashes; an empty value is a switch.
    ///
    /// # Errors
    /// It gets no directory.
    pub fn new(name: &'static str, port: u16) -> Result<Self> {
        let scratch = Scratch::new(name)?;
        let mut flags = BTreeMap::new();
        flags.insert("listen".to_owned(), format!("127.0.0.1:{port}"));
        flags.insert("data-dir".to_owned(), scratch.path().join("data").display().to_string());
        flags.insert("no-demo".to_owned(), String::new());
        flags.insert("grace".to_owned(), "10s".to_owned());
        Ok(Self {
            process: None,
            scratch,
            name,
            port,
            flags,
            repeated: Vec::new(),
            file_limit: None,
        })
    }

    /// Sets flags, in place of those of the same names.
    pub fn set(&mut self, flags: impl IntoIterator<Item = (String, String)>) {
        self.flags.extend(flags);
    }

    /// Gives a flag once more.
    pub fn add(&mut self, flag: &str, value: String) {
        self.repeated.push((flag.to_owned(), value));
    }

    pub(crate) fn flag(&self, name: &str) -> Option<String> {
        self.flags.get(name).cloned()
    }

    pub(crate) fn bound_files(&mut self, blocks: Option<u32>) {
        self.file_limit = blocks;
    }

    /// Lets it put the programme to try in.
    pub(crate) fn with_demo(&mut self) {
        self.flags.remove("no-demo");
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where its embedded stores lie.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.directory().join("data")
    }

    /// All that is its own; gone with it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.scratch.path()
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// It runs already, or does not get ready.
    pub async fn start(&mut self) -> Result<()> {
        self.start_with(&[]).await
    }

    /// Starts it with other flags in place of, or besides, its own, for this once.
    pub(crate) async fn start_with(&mut self, flags: &[(&str, &str)]) -> Result<()> {
        self.launch(flags)?;
        self.ready().await
    }

    /// Starts it to abort at a point, which may be before it is ready.
    pub(crate) async fn start_to_abort(&mut self, point: &str) -> Result<()> {
        let started = self.start_with(&[("abort-at", point)]).await;
        if self.has_ended()? { Ok(()) } else { started }
    }

    pub(crate) fn launch(&mut self, flags: &[(&str, &str)]) -> Result<()> {
        ensure!(self.has_ended()?, "{} is running", self.name);
        let command = self.command(flags)?;
        self.process = Some(Process::start(&command, &self.scratch)?);
        Ok(())
    }

    /// Waits until it says that it is ready; an error if it ends instead.
    pub(crate) async fn ready(&mut self) -> Result<()> {
        let (began, url) = (Instant::now(), self.url());
        while began.elapsed() < PATIENCE {
            let process = self.process.as_mut().context("it was not started")?;
            if process.has_ended()? {
                bail!("{} ended instead of starting:\n{}", self.name, self.last_words());
            }
            if is_ready(&url).await {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        bail!("{} does not get ready:\n{}", self.name, self.last_words())
    }

    /// Ends it by SIGTERM, and waits; its exit status.
    ///
    /// # Errors
    /// It was not started, or does not end.
    pub async fn stop(&mut self) -> Result<ExitStatus> {
        self.end(Signal::Term).await
    }

    /// Ends it by a signal, and waits; its exit status.
    pub(crate) async fn end(&mut self, signal: Signal) -> Result<ExitStatus> {
        let process = self.process.as_mut().context("it was not started")?;
        process.tell(signal)?;
        self.ended().await
    }

    /// Waits for its end, whoever causes it.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        let mut process = self.process.take().context("it was not started")?;
        process.ended().await.with_context(|| format!("{}:\n{}", self.name, self.last_words()))
    }

    /// Ends it, if it runs at all.
    pub(crate) async fn make_sure_it_ended(&mut self) -> Result<()> {
        if self.has_ended()? { Ok(()) } else { self.end(Signal::Term).await.map(drop) }
    }

    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        self.process.as_mut().map_or(Ok(true), Process::has_ended)
    }

    /// All it has printed and logged.
    #[must_use]
    pub fn words(&self) -> String {
        std::fs::read_to_string(self.scratch.log()).unwrap_or_default()
    }

    /// The end of its log.
    #[must_use]
    pub fn last_words(&self) -> String {
        format!("--- {} ---\n{}\n", self.name, self.scratch.last_words())
    }

    fn command(&self, flags: &[(&str, &str)]) -> Result<Command> {
        let mut all = self.flags.clone();
        all.extend(flags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut words = vec!["serve".to_owned()];
        for (name, value) in
            all.iter().chain(self.repeated.iter().map(|(name, value)| (name, value)))
        {
            words.push(format!("--{name}"));
            words.extend(Some(value.clone()).filter(|value| !value.is_empty()));
        }
        let binary = binary::find()?;
        let (program, mut arguments) = match self.file_limit {
            None => (binary, Vec::new()),
            Some(blocks) => {
                let shell = ["-c", BOUNDED, "bounded", &blocks.to_string()].map(Into::into);
                (PathBuf::from("/bin/sh"), shell.into_iter().chain([binary.into()]).collect())
            }
        };
        arguments.extend(words.into_iter().map(Into::into));
        Ok(Command { name: self.name, program, arguments, at_once: Signal::Kill })
    }
}

/// Whether all that a process serves is ready, as Kubernetes would ask it.
async fn is_ready(url: &str) -> bool {
    let Ok(endpoint) = Endpoint::from_shared(url.to_owned()) else { return false };
    let endpoint = endpoint.timeout(Duration::from_secs(1)).connect_timeout(Duration::from_secs(1));
    let Ok(channel) = endpoint.connect().await else { return false };
    let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
    answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving)
}
