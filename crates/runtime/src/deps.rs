//! What a context is handed to live on, and how it plugs in: its lanes, its relay, its listeners.

use std::sync::Arc;

use boxoffice_eventing::{Broker, LaneCounts, Lanes, Listener, Message, Relay, Wake, Work};
use boxoffice_kernel::{Clock, Context};

use crate::database::Database;
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

// === impl Deps ===

impl Deps {
    /// Opens the context's lanes, and relays what they say.
    pub fn open<W: Work>(&self, work: W, server: &mut Server) -> Lanes<W> {
        let wake = Wake::new();
        let relay = Relay::new(self.context, &self.db.write, &self.broker, &wake);
        let relay = relay.until(server.stopping().token().clone());
        server.spawn("relay", relay.run());
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
                match policy(&message)? {
                    Some(command) => lanes.ask_once(&message, command).await,
                    None => Ok(()),
                }
            }
        };
        server.spawn("listener", listener.run(react));
    }
}
