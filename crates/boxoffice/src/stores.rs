//! Opens what the settings name: each context's database, and the broker.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use boxoffice_eventing::{Broker, EventLog, JetStream, Listener};
use boxoffice_kernel::Context;
use boxoffice_runtime::Database;
use boxoffice_runtime::database::{self, Options};
use secrecy::{ExposeSecret as _, SecretString};

use crate::args::Stores;
use crate::{catalogue, contexts};

/// Connects to the database of `context`; a SQLite file is made if it is not there.
pub(crate) async fn open(args: &Stores, context: Context) -> anyhow::Result<Database> {
    let url = url(args, context)?;
    let options = Options {
        pool: args.db_pool,
        application: format!("boxoffice-{context}"),
        ..Options::default()
    };
    let db = database::connect(url.expose_secret(), &options).await;
    db.with_context(|| format!("the database of {context}"))
}

/// Brings the database of `context` to this version's tables. Two that do so at once are safe.
pub(crate) async fn migrate(db: &Database, context: Context) -> anyhow::Result<()> {
    database::migrate(db, contexts::member(context)?.migrations)
        .await
        .with_context(|| format!("the tables of {context}"))
}

/// Connects to NATS, or opens the embedded event log.
pub(crate) async fn broker(args: &Stores) -> anyhow::Result<Arc<dyn Broker>> {
    match &args.nats_url {
        Some(url) => {
            let nats =
                JetStream::connect(url.expose_secret(), "boxoffice", args.nats_replicas).await;
            Ok(Arc::new(nats.context("--nats-url")?))
        }
        None => {
            make_dir(&args.data_dir)?;
            let log = EventLog::open(&args.data_dir.join("events.db")).await;
            Ok(Arc::new(log.context("the embedded event log")?))
        }
    }
}

/// Events that listeners have still to handle, by durable; what is empty is left out.
pub(crate) async fn lags(broker: &dyn Broker) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut lags = BTreeMap::new();
    for listener in contexts::all() {
        for source in catalogue::sources(listener) {
            let durable = Listener::durable(listener, source);
            let lag = broker.lag(source, &durable).await?;
            if lag > 0 {
                lags.insert(durable, lag);
            }
        }
    }
    Ok(lags)
}

/// Makes a directory that can be written to, or says what to change.
pub(crate) fn make_dir(path: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).with_context(|| {
        format!(
            "the data directory {} cannot be made; choose another with --data-dir",
            path.display()
        )
    })
}

/// How long `audit` lets pass between two looks.
pub(crate) const LOOK: Duration = Duration::from_millis(200);

fn url(args: &Stores, context: Context) -> anyhow::Result<SecretString> {
    if let Some(url) = args.database(context).context("--database-url")? {
        return Ok(url);
    }
    make_dir(&args.data_dir)?;
    let file = args.data_dir.join(format!("{context}.db"));
    Ok(format!("sqlite://{}?mode=rwc", file.display()).into())
}
