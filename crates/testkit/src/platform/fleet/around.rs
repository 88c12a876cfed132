//! What the processes of a fleet stand on: databases, broker, and proxies on the way to them.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use boxoffice_kernel::Context;
use futures::future::try_join_all;
use tokio::sync::{Mutex, MutexGuard};

use super::super::Settings;
use crate::servers::{MariaDb, Nats, Postgres, Proxy, Snapshot, Toxiproxy};

/// The servers of one fleet.
#[derive(Debug)]
pub(super) struct Servers {
    lines: Option<Lines>,
    databases: HashMap<Context, String>,
    nats_url: String,
    nats: Mutex<Nats>,
    kept: Mutex<Option<Snapshot>>,
    postgres: Option<Mutex<Postgres>>,
}

/// Proxies on the way to a database, or to a context.
#[derive(Debug)]
struct Lines {
    to_stores: HashMap<Context, Proxy>,
    to_contexts: HashMap<Context, Proxy>,
    /// Ends them all when it is dropped.
    _toxiproxy: Toxiproxy,
}

// === impl Servers ===

impl Servers {
    pub(super) async fn start(
        settings: &Settings,
        contexts: &HashMap<Context, String>,
    ) -> Result<Self> {
        let postgres = match settings.has_own_postgres() {
            true => Some(Postgres::start_fast().await?),
            false => None,
        };
        let cluster = match &postgres {
            Some(own) => own,
            None => Postgres::shared().await?,
        };
        let databases = databases(cluster, settings).await?;
        let lines = match settings.has_lines() {
            true => Some(Lines::start(&databases, contexts).await?),
            false => None,
        };
        let nats = Nats::start().await?;
        Ok(Self {
            nats_url: nats.url(),
            nats: Mutex::new(nats),
            kept: Mutex::default(),
            postgres: postgres.map(Mutex::new),
            databases,
            lines,
        })
    }

    /// Where a context finds its database.
    pub(super) fn database(&self, context: Context) -> String {
        let direct = self.direct_database(context);
        let line = self.lines.as_ref().and_then(|lines| lines.to_stores.get(&context));
        line.and_then(|line| line.through(direct).ok()).unwrap_or_else(|| direct.to_owned())
    }

    pub(super) fn direct_database(&self, context: Context) -> &str {
        &self.databases[&context]
    }

    /// Where others find a context.
    pub(super) fn peer(&self, context: Context, urls: &HashMap<Context, String>) -> String {
        match self.line_to(context) {
            Ok(line) => format!("http://{}", line.address()),
            Err(_) => urls[&context].clone(),
        }
    }

    pub(super) fn line_to(&self, context: Context) -> Result<&Proxy> {
        let lines = self.lines.as_ref().context("this fleet was started without lines")?;
        lines.to_contexts.get(&context).context("no line leads there")
    }

    pub(super) fn line_to_store(&self, context: Context) -> Result<&Proxy> {
        let lines = self.lines.as_ref().context("this fleet was started without lines")?;
        lines.to_stores.get(&context).context("no line leads there")
    }

    pub(super) async fn own_postgres(&self) -> Result<MutexGuard<'_, Postgres>> {
        let own = self.postgres.as_ref().context("this fleet shares its PostgreSQL")?;
        Ok(own.lock().await)
    }

    pub(super) fn nats_url(&self) -> String {
        self.nats_url.clone()
    }

    pub(super) async fn nats(&self) -> MutexGuard<'_, Nats> {
        self.nats.lock().await
    }

    pub(super) async fn keep_broker(&self) -> Result<()> {
        let mut nats = self.nats().await;
        nats.stop().await?;
        *self.kept.lock().await = Some(nats.snapshot_store()?);
        nats.start_again().await
    }

    pub(super) async fn set_broker_back(&self) -> Result<()> {
        let mut nats = self.nats().await;
        let kept = self.kept.lock().await;
        nats.kill().await?;
        nats.restore_store(kept.as_ref().context("nothing was kept")?)?;
        nats.start_again().await
    }
}

impl Drop for Servers {
    /// What used them has ended before.
    fn drop(&mut self) {
        if self.postgres.is_none() {
            let ours = self.databases.drain().map(|(_, url)| url);
            ours.filter(|url| url.starts_with("postgres:")).for_each(Postgres::done_with);
        }
    }
}

/// One for each context: my page's is on MariaDB, as one of the source systems has it (CP-10).
async fn databases(cluster: &Postgres, settings: &Settings) -> Result<HashMap<Context, String>> {
    let make = async |context: Context| {
        let url = match context == Context::MYPAGE || settings.is_on_mariadb() {
            true => MariaDb::shared().await?.database().await?,
            false => cluster.database().await?,
        };
        anyhow::Ok((context, url))
    };
    Ok(try_join_all(crate::platform::CONTEXTS.map(make)).await?.into_iter().collect())
}

// === impl Lines ===

impl Lines {
    async fn start(
        databases: &HashMap<Context, String>,
        contexts: &HashMap<Context, String>,
    ) -> Result<Self> {
        let toxiproxy = Toxiproxy::start().await?;
        Ok(Self {
            to_stores: proxies(&toxiproxy, databases).await?,
            to_contexts: proxies(&toxiproxy, contexts).await?,
            _toxiproxy: toxiproxy,
        })
    }
}

async fn proxies(
    toxiproxy: &Toxiproxy,
    urls: &HashMap<Context, String>,
) -> Result<HashMap<Context, Proxy>> {
    let proxy = async |(context, url): (&Context, &String)| {
        anyhow::Ok((*context, toxiproxy.proxy(url).await?))
    };
    Ok(try_join_all(urls.iter().map(proxy)).await?.into_iter().collect())
}
