//! A whole platform for a test: the real binary with its stores, started, broken, mended and audited.
//!
//! [`Platform`] is the only way the acceptance suite touches the world. [`Single`] is one process with everything
//! embedded; [`Fleet`] is one process per context on NATS and PostgreSQL, my page on MariaDB. [`Cluster`] is the
//! one on Kubernetes, called through its ingress. Nothing here knows what is being tested.

mod binary;
mod cluster;
mod fleet;
mod lock;
mod node;
mod proc;
mod settings;
mod single;
mod stall;
mod streams;

use std::fmt::Debug;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use async_trait::async_trait;
pub use boxoffice_kernel::Context;
use tokio::sync::OnceCell;

use crate::clients::Issuer;

pub use self::binary::{Output, boxoffice, boxoffice_with};
pub use self::cluster::{CLUSTER, Cluster, ClusterDescription};
pub use self::fleet::Fleet;
pub use self::node::Node;
pub use self::settings::Settings;
pub use self::single::Single;
pub use self::streams::Said;

/// Everybody in a platform, as the binary knows them.
pub const CONTEXTS: [Context; 9] = [
    Context::CATALOG,
    Context::SEATING,
    Context::BOOKING,
    Context::PAYMENT,
    Context::DELIVERY,
    Context::STREAMING,
    Context::REVIEW,
    Context::NOTIFICATION,
    Context::MYPAGE,
];

/// How the platform is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// One process, everything embedded.
    Single,
    /// One process per context, on servers.
    Fleet,
}

/// What `boxoffice audit` found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Nothing is broken: exit code 0.
    pub clean: bool,
    /// All it printed.
    pub text: String,
}

/// A running platform. A method about one context acts on the whole process where that is all there is; each says so.
#[async_trait]
pub trait Platform: Debug + Send + Sync {
    /// How it is laid out.
    fn topology(&self) -> Topology;

    /// Where a context is called, by gRPC and HTTP alike: `http://127.0.0.1:<port>`, the same after every restart.
    fn url(&self, context: Context) -> String;

    /// Where its second replica is called, if [`Settings::replica`] asked for one.
    fn replica_url(&self, context: Context) -> Option<String>;

    /// Whoever signs the tokens this platform believes.
    fn issuer(&self) -> &Issuer;

    /// The most memory a context's process has had since it was started, in bytes. One process: all of it.
    async fn peak_memory(&self, context: Context) -> Result<u64>;

    /// Ends a context by SIGTERM and waits; its exit status. One process: ends everything.
    async fn stop(&self, context: Context) -> Result<ExitStatus>;

    /// Starts what was stopped, killed or died, and waits until it is ready. One process: starts everything.
    async fn start(&self, context: Context) -> Result<()>;

    /// Ends a context by SIGKILL. One process: everything.
    async fn kill(&self, context: Context) -> Result<()>;

    /// Starts a context again, this time to abort at a point such as `before:hold`. One process: everything.
    async fn abort_at(&self, context: Context, point: &str) -> Result<()>;

    /// Waits for a context to end by itself; its exit status. One process: for everything.
    async fn ended(&self, context: Context) -> Result<ExitStatus>;

    /// Starts a context again with other flags of `serve` in place of, or besides, its own. One process: everything.
    async fn restart_with(&self, context: Context, flags: &[(&str, &str)]) -> Result<()>;

    /// From now on a context answers no call that writes, and hears no event. A fleet stops its process. In one process
    /// its store takes no writes: they wait until their deadlines pass.
    async fn down(&self, context: Context) -> Result<()>;

    /// From now on a context's answers take so much longer. A fleet delays the line its peers call it by, which takes
    /// [`Settings::lines`]. In one process only payment can be slow: its provider is, after a restart.
    async fn slow(&self, context: Context, by: Duration) -> Result<()>;

    /// From now on a context answers nobody, and nobody is told so. A fleet's peers reach it no more, by the line that
    /// takes [`Settings::lines`]; others still do. In one process its store hangs, for readers too: for seconds only, for
    /// after ten SQLite gives up.
    async fn hang(&self, context: Context) -> Result<()>;

    /// Undoes [`down`](Self::down), [`slow`](Self::slow) and [`hang`](Self::hang).
    async fn heal(&self, context: Context) -> Result<()>;

    /// From now on no event is published. A fleet stops NATS; in one process the event log takes no writes.
    async fn broker_down(&self) -> Result<()>;

    /// Undoes [`broker_down`](Self::broker_down).
    async fn broker_up(&self) -> Result<()>;

    /// Keeps a copy of all the broker has stored. It is stopped for that, and in one process everything is.
    async fn broker_keep(&self) -> Result<()>;

    /// Gives the broker the kept copy in place of what it has stored since, as if a disk had lost its tail.
    async fn broker_set_back(&self) -> Result<()>;

    /// What a context's stream holds, in its order.
    async fn said(&self, context: Context) -> Result<Vec<Said>>;

    /// Runs `boxoffice` with the flags that name this platform's stores, such as `audit` or `dead-letters list`.
    async fn operate(&self, command: &[&str]) -> Result<Output>;

    /// Runs `boxoffice audit`, which waits at most so long for the platform to come to rest.
    async fn audit(&self, settle: Duration) -> Result<Report> {
        let settle = format!("{}ms", settle.as_millis());
        let output = self.operate(&["audit", "--settle", &settle]).await?;
        Ok(Report { clean: output.status.success(), text: output.text() })
    }

    /// The end of every process's log, for whoever has to understand a failure.
    fn last_words(&self) -> String;
}

static SHARED: [OnceCell<Arc<dyn Platform>>; 2] = [OnceCell::const_new(), OnceCell::const_new()];

/// A platform that all tests of this process share, for those that do it no harm.
///
/// # Errors
/// It cannot be started.
pub async fn shared(topology: Topology) -> Result<Arc<dyn Platform>> {
    let cell = match topology {
        Topology::Single => &SHARED[0],
        Topology::Fleet => &SHARED[1],
    };
    cell.get_or_try_init(|| start(topology, Settings::default())).await.map(Arc::clone)
}

/// A platform of a test's own; where `BOXOFFICE_CLUSTER` describes one, a fleet is the one there.
///
/// # Errors
/// It cannot be started, or the one on the cluster has other settings.
pub async fn start(topology: Topology, settings: Settings) -> Result<Arc<dyn Platform>> {
    let on_cluster = std::env::var_os(CLUSTER).is_some_and(|file| !file.is_empty());
    Ok(match topology {
        Topology::Fleet if on_cluster => {
            ensure!(settings == Settings::default(), "a cluster's settings are its release's");
            Arc::new(Cluster::running()?)
        }
        Topology::Single => Arc::new(Single::start(settings).await?),
        Topology::Fleet => Arc::new(Fleet::start(settings).await?),
    })
}
