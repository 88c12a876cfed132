//! The servers beside the cluster's pods: stores, issuer, Jaeger and Prometheus, as processes in the cluster's namespaces.
//!
//! The testkit starts them, as it does for every other test: on free loopback ports. Here each has a door besides, on the
//! node's address and its usual port, behind a Service in the namespace `stores`.

mod door;
mod scraping;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use boxoffice_testkit::platform::{CONTEXTS, ClusterDescription, Context};
use boxoffice_testkit::servers::{Jaeger, MariaDb, Nats, Oidc, Postgres, Prometheus};
use tokio::signal::unix::{SignalKind, signal};

use self::door::Door;
use self::scraping::Targets;
use crate::layout::Layout;
use crate::node::{self, NODE};
use crate::progress::{eventually, step, with_logs};

/// The issuer's name in tokens, by which pods and istiod reach it.
pub const ISSUER: &str = "http://issuer.stores.svc.cluster.local:8000";

/// Where spans are sent.
pub const OTLP: &str = "http://jaeger.stores.svc.cluster.local:4317";

/// The ingress gateway's Service.
const INGRESS: &str = "http://istio-ingressgateway.istio-system.svc.cluster.local";

/// The Services, and the node's address behind them.
const SERVICES: &str = include_str!("../files/stores.yaml");

/// Where the servers' own output is.
const LOG: &str = "servers";

/// How long they may take together, on a machine that is slow and busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// All of them; each ends when its handle is dropped.
struct Servers {
    postgres: Postgres,
    mariadb: MariaDb,
    nats: Nats,
    issuer: Oidc,
    jaeger: Jaeger,
    prometheus: Prometheus,
}

/// Starts them, and makes them known in the cluster and to tests.
///
/// # Errors
/// One does not start; the message says what they printed.
pub async fn up(layout: &Layout) -> Result<()> {
    if layout.description().is_file() {
        return Ok(());
    }
    let log = fs::File::create(layout.log().join(LOG).with_extension("log"))?;
    let mut command = node::command(layout, std::env::current_exe()?)?;
    command.arg("serve-stores").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    // A Ctrl-C is not for them: they end with the cluster.
    let mut servers = command.process_group(0).spawn().context("starting the servers")?;
    let described = async || match servers.try_wait()? {
        Some(status) => Ok(Err(status)),
        None if layout.description().is_file() => Ok(Ok(())),
        None => bail!("they are not up"),
    };
    let explained = |error| with_logs(error, &layout.log(), &[LOG]);
    step("stores, issuer, Jaeger and Prometheus", async {
        match eventually(PATIENCE, described).await.map_err(explained)? {
            Ok(()) => Ok(()),
            Err(status) => Err(explained(anyhow::anyhow!("they ended with {status}"))),
        }
    })
    .await
}

/// Is them, inside the cluster's namespaces, until it is told to end.
///
/// # Errors
/// One does not start, or the cluster does not take their Services.
pub async fn serve(layout: &Layout) -> Result<()> {
    let mut end = signal(SignalKind::terminate())?;
    let targets = Targets::in_file(layout.run().join("targets.json"))?;
    let servers = Box::pin(Servers::start(&targets)).await?;
    let _doors = servers.open().await?;
    let databases = servers.databases().await?;
    announce().await?;
    let key = servers.issuer.key()?;
    let description = ClusterDescription {
        ingress: INGRESS.to_owned(),
        kubeconfig: layout.kubeconfig(),
        programs: layout.bin(),
        issuer: ISSUER.to_owned(),
        signing_key: layout.run().join("issuer.pem"),
        signing_key_id: key.id,
        databases,
        nats: servers.nats.url(),
        jaeger: servers.jaeger.url(),
        prometheus: servers.prometheus.url(),
    };
    let mut secret = fs::OpenOptions::new();
    secret.write(true).create(true).truncate(true).mode(0o600);
    secret.open(&description.signing_key)?.write_all(key.private.as_bytes())?;
    description.write(&layout.description())?;
    tokio::select! {
        _ = end.recv() => {}
        () = async { targets.follow().await } => {}
    }
    Ok(fs::remove_file(layout.description())?)
}

/// Makes the Services known.
async fn announce() -> Result<()> {
    let mut kubectl = tokio::process::Command::new("kubectl");
    let mut kubectl = kubectl
        .args(["apply", "--request-timeout=30s", "-f", "-"])
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("starting kubectl")?;
    let services = SERVICES.replace("@NODE@", NODE);
    let mut input = kubectl.stdin.take().context("no standard input")?;
    tokio::io::AsyncWriteExt::write_all(&mut input, services.as_bytes()).await?;
    drop(input);
    let status = tokio::time::timeout(PATIENCE, kubectl.wait()).await??;
    anyhow::ensure!(status.success(), "kubectl apply ended with {status}");
    Ok(())
}

// === impl Servers ===

impl Servers {
    async fn start(targets: &Targets) -> Result<Self> {
        let scraping = targets.configuration();
        let (postgres, mariadb, nats, issuer, jaeger, prometheus) = tokio::try_join!(
            Postgres::start_fast(),
            MariaDb::start_fast(),
            Nats::start(),
            Oidc::start_as(ISSUER),
            Jaeger::start(),
            Prometheus::configured(&scraping),
        )?;
        Ok(Self { postgres, mariadb, nats, issuer, jaeger, prometheus })
    }

    /// Each at its usual port of the node's address.
    async fn open(&self) -> Result<Vec<Door>> {
        let doors = [
            (5432, self.postgres.port()),
            (3306, self.mariadb.port()),
            (4222, port(&self.nats.url())?),
            (8000, port(&self.issuer.url())?),
            (4317, port(self.jaeger.otlp_url())?),
            (16686, port(&self.jaeger.url())?),
            (9090, port(&self.prometheus.url())?),
        ];
        let mut open = Vec::new();
        for (outside, inside) in doors {
            open.push(Door::open(NODE, outside, inside).await?);
        }
        Ok(open)
    }

    /// One for each context, under its name: my page's is on MariaDB, as one of the source systems has it (CP-10).
    async fn databases(&self) -> Result<BTreeMap<String, String>> {
        let mut databases = BTreeMap::new();
        for context in CONTEXTS.map(Context::as_str) {
            let url = match context == Context::MYPAGE.as_str() {
                true => self.mariadb.database_named(context).await?,
                false => self.postgres.database_named(context).await?,
            };
            databases.insert(context.to_owned(), url);
        }
        Ok(databases)
    }
}

fn port(url: &str) -> Result<u16> {
    let (_, port) = url.rsplit_once(':').with_context(|| format!("{url} has no port"))?;
    port.parse().with_context(|| format!("the port of {url}"))
}
