//! What was said, read from the broker itself and not from who listens.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_nats::HeaderMap;
use async_nats::jetstream::{self, consumer};
use boxoffice_kernel::Context;
use futures::StreamExt as _;
use sea_orm::{ConnectionTrait as _, Database, DbBackend, QueryResult, Statement};
use uuid::Uuid;

/// One event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// `BookingConfirmed`.
    pub name: String,
    /// The event's own id.
    pub id: String,
    /// What it is about: a booking, a showing, a payment.
    pub about: String,
    /// The version of that after it.
    pub sequence: i64,
    /// The case it belongs to.
    pub correlation: String,
    /// Whose event it follows from, if any.
    pub cause: Option<String>,
    /// Whether it carries the trace of whoever caused it.
    pub traced: bool,
}

/// A stream of NATS.
pub(super) async fn of_nats(url: &str, context: Context) -> Result<Vec<Said>> {
    let broker = jetstream::new(async_nats::connect(url).await?);
    let mut stream = broker.get_stream(context.stream()).await?;
    let expected = stream.info().await?.state.messages;
    let config = consumer::pull::OrderedConfig::default();
    let mut messages = stream.create_consumer(config).await?.messages().await?;
    let mut said = Vec::new();
    while (said.len() as u64) < expected {
        let message = tokio::time::timeout(Duration::from_secs(10), messages.next()).await?;
        let message = message.context("the stream ends early")??;
        let headers = message.headers.clone().unwrap_or_default();
        said.push(Said::from_headers(&headers)?);
    }
    Ok(said)
}

/// A stream of the embedded event log.
pub(super) async fn of_log(file: &Path, context: Context) -> Result<Vec<Said>> {
    let db = Database::connect(format!("sqlite://{}?mode=ro", file.display())).await?;
    let rows = Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "SELECT * FROM events WHERE context = ? ORDER BY sequence",
        [context.as_str().into()],
    );
    let said = db.query_all_raw(rows).await?.iter().map(Said::from_row).collect();
    db.close().await?;
    said
}

// === impl Said ===

impl Said {
    fn from_headers(headers: &HeaderMap) -> Result<Self> {
        let maybe = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
        let get = |name: &str| maybe(name).with_context(|| format!("an event without {name}"));
        Ok(Self {
            name: short(&get("ce-type")?),
            id: get("ce-id")?,
            about: get("ce-subject")?,
            sequence: get("sequence")?.parse()?,
            correlation: get("correlationid")?,
            cause: maybe("causationid"),
            traced: maybe("traceparent").is_some(),
        })
    }

    fn from_row(row: &QueryResult) -> Result<Self> {
        let id = |column: &str| row.try_get::<Uuid>("", column).map(|id| id.to_string());
        Ok(Self {
            name: short(&row.try_get::<String>("", "name")?),
            id: id("id")?,
            about: id("aggregate_id")?,
            sequence: row.try_get("", "version")?,
            correlation: id("correlation_id")?,
            cause: row.try_get::<Option<Uuid>>("", "causation_id")?.map(|id| id.to_string()),
            traced: row.try_get::<Option<String>>("", "traceparent")?.is_some(),
        })
    }
}

fn short(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_owned()
}
