//! Where the contexts keep what they know.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use boxoffice_kernel::Context;
use secrecy::{ExposeSecret as _, SecretString};

use crate::contexts;

/// Databases and the event log.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Stores {
    /// Where embedded databases, the embedded event log and the development key are kept.
    #[arg(long, global = true, env = "BOXOFFICE_DATA_DIR", default_value = "data")]
    pub(crate) data_dir: PathBuf,
    /// A context's database, `booking=postgres://…`, or everybody's, with `{context}` in it. PostgreSQL,
    /// MySQL, MariaDB or SQLite; TLS by `?sslmode=verify-full&sslrootcert=ca.pem`, for MariaDB by
    /// `?ssl-mode=VERIFY_IDENTITY&ssl-ca=ca.pem`. Default: a SQLite file in the data directory.
    #[arg(
        long,
        global = true,
        env = "BOXOFFICE_DATABASE_URL",
        value_delimiter = ' ',
        hide_env_values = true
    )]
    pub(crate) database_url: Vec<SecretString>,
    /// Connections to a database, at most.
    #[arg(long, global = true, env = "BOXOFFICE_DB_POOL", default_value_t = 8)]
    pub(crate) db_pool: u32,
    /// NATS with JetStream, `nats://user:password@host:4222` or `nats://token@host`, or `tls://…`; with
    /// `?tls-ca=`, `tls-cert=` and `tls-key=`, `creds=` or `nkey=` and a file's path. Default: an event
    /// log in the data directory, for one process.
    #[arg(long, global = true, env = "BOXOFFICE_NATS_URL", hide_env_values = true)]
    pub(crate) nats_url: Option<SecretString>,
    /// Copies of each stream that JetStream keeps.
    #[arg(long, global = true, env = "BOXOFFICE_NATS_REPLICAS", default_value_t = 1)]
    pub(crate) nats_replicas: usize,
}

/// A URL for one context, or for all of them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum PerContext {
    One(Context, String),
    All(String),
}

/// Not such a URL.
#[derive(Debug, thiserror::Error)]
#[error("expected CONTEXT=URL, such as `booking=postgres://…`, or a URL with {{context}} in it")]
pub(crate) struct NotPerContext;

// === impl Stores ===

impl Stores {
    /// The URL of this context's database, if one is given.
    pub(crate) fn database(&self, context: Context) -> Result<Option<SecretString>, NotPerContext> {
        let given = self.database_url.iter().map(|url| url.expose_secret().parse());
        let given = given.collect::<Result<Vec<PerContext>, _>>()?;
        Ok(PerContext::resolve(&given).remove(&context).map(SecretString::from))
    }
}

// === impl PerContext ===

impl PerContext {
    /// The URL of each context that one is given for; one for it alone wins.
    pub(crate) fn resolve(given: &[Self]) -> BTreeMap<Context, String> {
        let mut urls = BTreeMap::new();
        for all in given {
            if let Self::All(template) = all {
                let fill = |context: Context| template.replace("{context}", context.as_str());
                urls.extend(contexts::all().map(|context| (context, fill(context))));
            }
        }
        for one in given {
            if let Self::One(context, url) = one {
                urls.insert(*context, url.clone());
            }
        }
        urls
    }
}

impl FromStr for PerContext {
    type Err = NotPerContext;

    fn from_str(text: &str) -> Result<Self, NotPerContext> {
        if let Some((name, url)) = text.split_once('=')
            && let Ok(context) = contexts::parse(name)
        {
            return Ok(Self::One(context, url.to_owned()));
        }
        if text.contains("{context}") { Ok(Self::All(text.to_owned())) } else { Err(NotPerContext) }
    }
}

impl fmt::Debug for PerContext {
    /// A URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(context, _) => write!(f, "{context}=…"),
            Self::All(_) => f.write_str("{context}=…"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_for_a_context_wins_over_one_for_all() {
        let given = ["postgres://h/{context}", "booking=sqlite://b.db"];
        let given: Vec<PerContext> = given.iter().map(|it| it.parse().unwrap()).collect();
        let urls = PerContext::resolve(&given);
        assert_eq!(urls[&Context::BOOKING], "sqlite://b.db");
        assert_eq!(urls[&Context::SEATING], "postgres://h/seating");
    }

    #[test]
    fn a_url_for_nobody_is_refused() {
        assert!("postgres://h/x".parse::<PerContext>().is_err());
        assert!("kitchen=postgres://h/x".parse::<PerContext>().is_err());
    }
}
