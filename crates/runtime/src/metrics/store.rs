//! What a context's store tells now and then: its outbox, its dead letters, its listeners' lag, its connections.

use std::sync::{Arc, LazyLock};

use boxoffice_eventing::{Broker, Listener, broker, pending};
use boxoffice_kernel::{Clock, Context};
use boxoffice_telemetry::metrics::{self, Gauge, Gauges, Unit};
use sea_orm::{DatabaseConnection, DbBackend, DbErr};

use crate::database::Database;

static UNPUBLISHED: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges(
        "boxoffice_outbox_unpublished",
        "Events in the outbox that the broker has not acknowledged.",
    )
});
static OLDEST: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges_in(Unit::Seconds, "boxoffice_outbox_lag", "Age of the oldest of them; 0: none.")
});
static DEAD_LETTERS: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges("boxoffice_dead_letters", "Events of others that wait for an operator.")
});
static LAG: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges(
        "boxoffice_consumer_lag",
        "Events of a source that a listener has still to handle.",
    )
});
// The conventions' newer name, `db.client.connection.count`, ends as only a histogram's may in Prometheus.
static CONNECTIONS: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges(
        "db_client_connections_usage",
        "Connections to a context's store, in use or idle.",
    )
});
static MOST: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges("db_client_connections_max", "Connections to a context's store, at most.")
});

/// What a context has not finished with, and how busy its connections are.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: Database,
    clock: Clock,
    unpublished: Gauge,
    lag: Gauge,
    dead_letters: Gauge,
    pools: Vec<Pool>,
}

/// How far one listener is behind.
#[derive(Clone, Debug)]
pub(crate) struct Lag {
    broker: Arc<dyn Broker>,
    source: Context,
    durable: String,
    lag: Gauge,
}

#[derive(Clone, Debug)]
struct Pool {
    db: DatabaseConnection,
    idle: Gauge,
    used: Gauge,
    most: Gauge,
}

// === impl Store ===

impl Store {
    pub(crate) fn of(context: Context, db: &Database, clock: Clock) -> Self {
        let labels = vec![("context", context.to_string())];
        // SQLite has one connection that writes beside those that read; elsewhere both are the same.
        let mut pools = vec![Pool::of(context, context.to_string(), &db.write)];
        if db.write.get_database_backend() == DbBackend::Sqlite {
            pools.push(Pool::of(context, format!("{context}-read"), &db.read));
        }
        Self {
            db: db.clone(),
            clock,
            unpublished: UNPUBLISHED.get_or_create_owned(&labels),
            lag: OLDEST.get_or_create_owned(&labels),
            dead_letters: DEAD_LETTERS.get_or_create_owned(&labels),
            pools,
        }
    }

    pub(crate) async fn read(&self) -> Result<(), DbErr> {
        for pool in &self.pools {
            pool.read();
        }
        let left = pending(&self.db.read).await?;
        let oldest =
            left.oldest_unpublished.map(|since| (self.clock.now() - since).as_seconds_f64());
        self.unpublished.set(left.outbox_unpublished as f64);
        self.lag.set(oldest.unwrap_or_default().max(0.0));
        self.dead_letters.set(left.dead_letters as f64);
        Ok(())
    }
}

// === impl Lag ===

impl Lag {
    pub(crate) fn of(context: Context, source: Context, broker: &Arc<dyn Broker>) -> Self {
        let labels = vec![("context", context.to_string()), ("source", source.to_string())];
        let lag = LAG.get_or_create_owned(&labels);
        let durable = Listener::durable(context, source);
        Self { broker: Arc::clone(broker), source, durable, lag }
    }

    pub(crate) async fn read(&self) -> Result<(), broker::Error> {
        self.lag.set(self.broker.lag(self.source, &self.durable).await? as f64);
        Ok(())
    }
}

// === impl Pool ===

impl Pool {
    fn of(context: Context, name: String, db: &DatabaseConnection) -> Self {
        let labels =
            vec![("context", context.to_string()), ("db_client_connection_pool_name", name)];
        let state = |state: &str| {
            let state = [("db_client_connection_state", state.to_owned())];
            CONNECTIONS.get_or_create_owned(&[labels.as_slice(), &state].concat())
        };
        let (idle, used) = (state("idle"), state("used"));
        Self { db: db.clone(), idle, used, most: MOST.get_or_create_owned(&labels) }
    }

    fn read(&self) {
        let (open, idle, most) = match self.db.get_database_backend() {
            DbBackend::Sqlite => {
                let pool = self.db.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
            DbBackend::MySql => {
                let pool = self.db.get_mysql_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
            DbBackend::Postgres => {
                let pool = self.db.get_postgres_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
            _ => return,
        };
        self.idle.set(idle as f64);
        // The two are not counted at one moment.
        self.used.set((f64::from(open) - idle as f64).max(0.0));
        self.most.set(f64::from(most));
    }
}
