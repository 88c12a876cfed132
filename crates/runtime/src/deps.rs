//! What a context is handed to live on, and how it plugs in: its lanes, its relay, its listeners.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_eventing::{Broker, LaneCounts, Lanes, Listener, Message, Relay, Wake, Work};
use boxoffice_kernel::fault::chain;
use boxoffice_kernel::{Clock, Context};
use tokio::time::{MissedTickBehavior, interval};

use crate::database::Database;
use crate::metrics::store::{Lag, Store};
use crate::peers::Peers;
use crate::server::Server;
use crate::whenever::Policy;

/// What a context's `build` gets.
#[derive(Clone, Debug)]
pub struct Deps {
    /// Which context it is for.
    pub context: Context,
    /// The context's own database.
    pub db: Database,
    /// Where events travel.
    pub broker: Arc<dyn Broker>,
    /// The other contexts.
    pub peers: Peers,
    /// The time.
    pub clock: Clock,
    /// How many transactions at a time.
    pub lanes: LaneCounts,
}

/// How often figures are read out of a store.
const FIGURES: Duration = Duration::from_secs(5);

// === impl Deps ===

impl Deps {
    /// Opens the context's lanes, and relays what they say.
    pub fn open<W: Work>(&self, work: W, server: &mut Server) -> Lanes<W> {
        let wake = Wake::new();
        let relay = Relay::new(self.context, &self.db.write, &self.broker, &wake);
        let relay = relay.telling_bookings(boxoffice_contracts::is_of_booking);
        let relay = relay.until(server.stopping().token().clone());
        server.spawn("relay", relay.run());
        let store = Store::of(self.context, &self.db, self.clock);
        self.measure(server, move || {
            let store = store.clone();
            async move { store.read().await }
        });
        Lanes::open(self.context.as_str(), work, &self.db.write, self.lanes, server, wake)
    }

    /// Listens to `source`: whenever it says something, `policy` names the command that follows, if
    /// one does, and the command has its effect once.
    pub fn listen<W: Work>(
        &self,
        source: Context,
        lanes: &Lanes<W>,
        policy: Policy<W>,
        server: &mut Server,
    ) {
        let listener = Listener::new(self.context, source, &self.db.write, &self.broker);
        let listener = listener.until(server.stopping().token().clone());
        let lanes = lanes.clone();
        let react = move |message: Message| {
            let lanes = lanes.clone();
            async move {
                if boxoffice_contracts::is_of_booking(&message.name) {
                    boxoffice_telemetry::about_booking(message.correlation_id);
                }
                match policy(&message)? {
                    Some(command) => lanes.ask_once(&message, command).await,
                    None => Ok(()),
                }
            }
        };
        server.spawn("listener", listener.run(react));
        let lag = Lag::of(self.context, source, &self.broker);
        self.measure(server, move || {
            let lag = lag.clone();
            async move { lag.read().await }
        });
    }

    /// Has `read` put figures out of the store into their metrics every few seconds, if anybody can see them. Each replica
    /// reads the same numbers. While the store does not answer, they stay as they were.
    pub fn measure<F, E>(&self, server: &mut Server, read: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = Result<(), E>> + Send,
        E: Error,
    {
        if !server.shows_metrics() {
            return;
        }
        let (context, stopping) = (self.context, server.stopping());
        let mut turns = interval(FIGURES);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        server.spawn("figures", async move {
            while stopping.token().run_until_cancelled(turns.tick()).await.is_some() {
                if let Err(error) = read().await {
                    tracing::debug!(%context, error = chain(&error), "figures cannot be read");
                }
            }
        });
    }
}
