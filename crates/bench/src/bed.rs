//! The platform that is measured: the real binary, and what it stands on, with its default settings.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use boxoffice_kernel::Context;
use boxoffice_testkit::clients::Issuer;
use boxoffice_testkit::platform::{Node, boxoffice};
use boxoffice_testkit::servers::{Nats, Postgres, free_port};
use futures::future::try_join_all;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use crate::args::Part;

/// One running platform.
#[derive(Debug)]
pub(crate) struct Bed {
    /// First of all, so that they are gone before what they stand on.
    nodes: Vec<Node>,
    urls: BTreeMap<Context, String>,
    pub(crate) issuer: Issuer,
    /// How long it took to get ready, with tables to be made, and again.
    pub(crate) ready: Ready,
    servers: Option<Servers>,
}

/// From the start of the processes to the last of them being ready.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ready {
    pub(crate) first: Duration,
    pub(crate) again: Duration,
}

/// Held for as long as the platform.
#[derive(Debug)]
struct Servers {
    _postgres: Postgres,
    nats: Nats,
    databases: BTreeMap<Context, String>,
}

// === impl Bed ===

impl Bed {
    /// Starts it, stops it, and starts it again.
    pub(crate) async fn start(part: Part, flags: &[String]) -> Result<Self> {
        let servers = match part {
            Part::Pgbench => bail!("pgbench is no platform"),
            Part::Embedded => None,
            Part::Together | Part::Apart => Some(Servers::start().await?),
        };
        let mut nodes = match part {
            Part::Apart => boxoffice_testkit::platform::CONTEXTS
                .map(|it| node(it.as_str()))
                .into_iter()
                .collect(),
            Part::Pgbench | Part::Together | Part::Embedded => node("boxoffice").map(|it| vec![it]),
        }?;
        let address = |at: usize| nodes.get(at).or_else(|| nodes.first()).map(Node::url);
        let urls: BTreeMap<_, _> = boxoffice_testkit::platform::CONTEXTS
            .into_iter()
            .enumerate()
            .filter_map(|(at, it)| Some((it, address(at)?)))
            .collect();
        let key = nodes.first().context("there is no process")?.data().join("dev-key.pem");
        for (node, context) in nodes.iter_mut().zip(boxoffice_testkit::platform::CONTEXTS) {
            node.set([("dev-key".to_owned(), key.display().to_string())]);
            node.set(flags.iter().map(|it| flag(it)));
            if let Some(servers) = &servers {
                servers.tell(node);
            }
            if part == Part::Apart {
                node.set([("context".to_owned(), context.to_string())]);
                for (peer, url) in urls.iter().filter(|(peer, _)| **peer != context) {
                    node.add("peer", format!("{peer}={url}"));
                }
            }
        }
        let first = ready(&mut nodes).await?;
        for node in &mut nodes {
            let status = node.stop().await?;
            ensure!(status.success(), "it did not end well: {status}\n{}", node.last_words());
        }
        let again = ready(&mut nodes).await?;
        let issuer = Issuer::read(&key)?;
        Ok(Self { nodes, urls, issuer, ready: Ready { first, again }, servers })
    }

    /// Where a context is called.
    pub(crate) fn url(&self, context: Context) -> &str {
        &self.urls[&context]
    }

    /// The database of a context, to be read beside the platform.
    pub(crate) async fn store(&self, context: Context) -> Result<DatabaseConnection> {
        let url = match &self.servers {
            Some(servers) => servers.databases[&context].clone(),
            None => {
                let file = self.nodes[0].data().join(format!("{context}.db"));
                format!("sqlite://{}?mode=ro", file.display())
            }
        };
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Database::connect(options).await.with_context(|| format!("the database of {context}"))
    }

    /// Waits for rest, and checks every invariant; all that it said if one is broken.
    pub(crate) async fn audit(&self) -> Result<Result<String, String>> {
        let mut words = vec!["audit".to_owned(), "--settle".to_owned(), "60s".to_owned()];
        words.extend(match &self.servers {
            Some(servers) => servers.flags(),
            None => vec!["--data-dir".to_owned(), self.nodes[0].data().display().to_string()],
        });
        let output = boxoffice(self.nodes[0].directory(), &words).await?;
        let clean = output.status.success();
        Ok(if clean { Ok(output.text()) } else { Err(output.text()) })
    }

    /// What its processes logged last.
    pub(crate) fn last_words(&self) -> String {
        self.nodes.iter().map(Node::last_words).collect()
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        for node in &mut self.nodes {
            node.stop().await?;
        }
        Ok(())
    }
}

fn node(name: &'static str) -> Result<Node> {
    Node::new(name, free_port()?)
}

/// `name=value`, or a switch.
fn flag(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.to_owned(), value.to_owned())
}

/// Starts all at once.
async fn ready(nodes: &mut [Node]) -> Result<Duration> {
    let began = Instant::now();
    try_join_all(nodes.iter_mut().map(Node::start)).await?;
    Ok(began.elapsed())
}

// === impl Servers ===

impl Servers {
    /// PostgreSQL as it comes: every commit is on the disk before it is answered.
    async fn start() -> Result<Self> {
        let postgres = Postgres::start().await?;
        let mut databases = BTreeMap::new();
        for context in boxoffice_testkit::platform::CONTEXTS {
            databases.insert(context, postgres.database().await?);
        }
        Ok(Self { _postgres: postgres, nats: Nats::start().await?, databases })
    }

    fn tell(&self, node: &mut Node) {
        node.set([("nats-url".to_owned(), self.nats.url())]);
        for (context, url) in &self.databases {
            node.add("database-url", format!("{context}={url}"));
        }
    }

    /// As [`tell`](Self::tell), for other commands.
    fn flags(&self) -> Vec<String> {
        let databases = self.databases.iter();
        let databases = databases
            .flat_map(|(context, url)| ["--database-url".to_owned(), format!("{context}={url}")]);
        databases.chain(["--nats-url".to_owned(), self.nats.url()]).collect()
    }
}
