//! One process per context, on PostgreSQL, MariaDB and NATS.

mod around;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use boxoffice_kernel::Context;
use futures::future::try_join_all;
use tokio::sync::{Mutex, MutexGuard};

use self::around::Servers;
use super::node::Node;
use super::proc;
use super::{Output, Platform, Said, Settings, Topology, boxoffice, streams};
use crate::clients::Issuer;
use crate::servers::process::Signal;
use crate::servers::{Postgres, Proxy, free_port};

/// Somebody else may take a port between our finding and our using it.
const ATTEMPTS: u32 = 3;

/// One `boxoffice serve --context …` per context, and what they stand on.
#[derive(Debug)]
pub struct Fleet {
    /// First of all, so that they are gone before what they stand on.
    nodes: HashMap<Context, Mutex<Node>>,
    replicas: HashMap<Context, Mutex<Node>>,
    urls: HashMap<Context, String>,
    replica_urls: HashMap<Context, String>,
    issuer: Issuer,
    servers: Servers,
}

// === impl Fleet ===

impl Fleet {
    /// Starts the servers, then the processes, and waits until all are ready.
    ///
    /// # Errors
    /// The binary is not built, a tool is missing, or something does not come up.
    pub async fn start(settings: Settings) -> Result<Self> {
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            match Self::attempt(&settings).await {
                Ok(fleet) => return Ok(fleet),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.context("no attempt was made")?)
    }

    async fn attempt(settings: &Settings) -> Result<Self> {
        let mut nodes = self::nodes(&crate::platform::CONTEXTS)?;
        let mut replicas = self::nodes(settings.replicas())?;
        let urls = self::urls(&nodes);
        let servers = Servers::start(settings, &urls).await?;
        let key = self::key(&nodes)?;
        for (context, node) in nodes.iter_mut().chain(&mut replicas) {
            node.set(settings.flags());
            node.set([
                ("context".to_owned(), context.to_string()),
                ("dev-key".to_owned(), key.display().to_string()),
                ("nats-url".to_owned(), servers.nats_url()),
            ]);
            if settings.is_scraped() {
                node.set([("metrics-listen".to_owned(), format!("127.0.0.1:{}", free_port()?))]);
            }
            node.add("database-url", format!("{context}={}", servers.database(*context)));
            for peer in crate::platform::CONTEXTS.into_iter().filter(|peer| peer != context) {
                node.add("peer", format!("{peer}={}", servers.peer(peer, &urls)));
            }
            node.launch(&[])?;
        }
        try_join_all(nodes.values_mut().chain(replicas.values_mut()).map(Node::ready)).await?;
        Ok(Self {
            replica_urls: self::urls(&replicas),
            issuer: Issuer::read(&key)?,
            nodes: mutexes(nodes),
            replicas: mutexes(replicas),
            urls,
            servers,
        })
    }

    /// The cluster of [`Settings::own_postgres`].
    ///
    /// # Errors
    /// It was not asked for.
    pub async fn postgres(&self) -> Result<MutexGuard<'_, Postgres>> {
        self.servers.own_postgres().await
    }

    /// The line from a context to its database.
    ///
    /// # Errors
    /// [`Settings::lines`] was not asked for.
    pub fn line_to_store(&self, context: Context) -> Result<&Proxy> {
        self.servers.line_to_store(context)
    }

    /// The URL of a context's database, past any proxy.
    #[must_use]
    pub fn database(&self, context: Context) -> &str {
        self.servers.direct_database(context)
    }

    /// Where a context shows its metrics, as `host:port`.
    ///
    /// # Errors
    /// [`Settings::scraped`] was not asked for.
    pub async fn metrics(&self, context: Context) -> Result<String> {
        let address = self.node(context).await.flag("metrics-listen");
        address.context("this fleet shows no metrics")
    }

    /// All that the process of a context has printed and logged.
    pub async fn words(&self, context: Context) -> String {
        self.node(context).await.words()
    }

    /// Where its NATS listens.
    #[must_use]
    pub fn nats_url(&self) -> String {
        self.servers.nats_url()
    }

    /// Where its NATS keeps its streams.
    pub async fn broker_files(&self) -> PathBuf {
        self.servers.nats().await.store_dir()
    }

    /// Ends the second replica of a context by SIGKILL.
    ///
    /// # Errors
    /// There is none.
    pub async fn kill_replica(&self, context: Context) -> Result<()> {
        let replica = self.replicas.get(&context).context("there is no such replica")?;
        replica.lock().await.end(Signal::Kill).await.map(drop)
    }

    async fn node(&self, context: Context) -> MutexGuard<'_, Node> {
        self.nodes[&context].lock().await
    }
}

#[async_trait]
impl Platform for Fleet {
    fn topology(&self) -> Topology {
        Topology::Fleet
    }

    fn url(&self, context: Context) -> String {
        self.urls[&context].clone()
    }

    fn replica_url(&self, context: Context) -> Option<String> {
        self.replica_urls.get(&context).cloned()
    }

    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    async fn peak_memory(&self, context: Context) -> Result<u64> {
        proc::peak_memory(&self.node(context).await.data())
    }

    async fn stop(&self, context: Context) -> Result<ExitStatus> {
        self.node(context).await.end(Signal::Term).await
    }

    async fn start(&self, context: Context) -> Result<()> {
        self.node(context).await.start().await
    }

    async fn kill(&self, context: Context) -> Result<()> {
        self.node(context).await.end(Signal::Kill).await.map(drop)
    }

    async fn abort_at(&self, context: Context, point: &str) -> Result<()> {
        let mut node = self.node(context).await;
        node.make_sure_it_ended().await?;
        node.start_to_abort(point).await
    }

    async fn ended(&self, context: Context) -> Result<ExitStatus> {
        self.node(context).await.ended().await
    }

    async fn restart_with(&self, context: Context, flags: &[(&str, &str)]) -> Result<()> {
        let mut node = self.node(context).await;
        node.make_sure_it_ended().await?;
        node.start_with(flags).await
    }

    async fn down(&self, context: Context) -> Result<()> {
        self.kill(context).await
    }

    async fn slow(&self, context: Context, by: Duration) -> Result<()> {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.servers.line_to(context)?.latency(ms).await
    }

    async fn hang(&self, context: Context) -> Result<()> {
        self.servers.line_to(context)?.stall().await
    }

    async fn heal(&self, context: Context) -> Result<()> {
        if let Ok(line) = self.servers.line_to(context) {
            line.heal().await?;
        }
        let mut node = self.node(context).await;
        if node.has_ended()? { node.start().await } else { Ok(()) }
    }

    async fn broker_down(&self) -> Result<()> {
        self.servers.nats().await.kill().await
    }

    async fn broker_up(&self) -> Result<()> {
        self.servers.nats().await.start_again().await
    }

    async fn broker_keep(&self) -> Result<()> {
        self.servers.keep_broker().await
    }

    async fn broker_set_back(&self) -> Result<()> {
        self.servers.set_broker_back().await
    }

    async fn said(&self, context: Context) -> Result<Vec<Said>> {
        streams::of_nats(&self.servers.nats_url(), context).await
    }

    async fn operate(&self, command: &[&str]) -> Result<Output> {
        let mut arguments: Vec<String> = command.iter().map(|it| (*it).to_owned()).collect();
        for context in crate::platform::CONTEXTS {
            let url = self.servers.direct_database(context);
            arguments.extend(["--database-url".to_owned(), format!("{context}={url}")]);
        }
        arguments.extend(["--nats-url".to_owned(), self.servers.nats_url()]);
        boxoffice(&std::env::temp_dir(), &arguments).await
    }

    fn last_words(&self) -> String {
        let nodes = self.nodes.values().chain(self.replicas.values());
        nodes.filter_map(|node| Some(node.try_lock().ok()?.last_words())).collect()
    }
}

fn nodes(contexts: &[Context]) -> Result<BTreeMap<Context, Node>> {
    contexts.iter().map(|&it| Ok((it, Node::new(it.as_str(), free_port()?)?))).collect()
}

fn urls(nodes: &BTreeMap<Context, Node>) -> HashMap<Context, String> {
    nodes.iter().map(|(context, node)| (*context, node.url())).collect()
}

fn mutexes(nodes: BTreeMap<Context, Node>) -> HashMap<Context, Mutex<Node>> {
    nodes.into_iter().map(|(context, node)| (context, Mutex::new(node))).collect()
}

/// The development key they share lies with the first of them, so that it is gone with it.
fn key(nodes: &BTreeMap<Context, Node>) -> Result<PathBuf> {
    let first = nodes.values().next().context("a fleet has contexts")?;
    Ok(first.directory().join("dev-key.pem"))
}
