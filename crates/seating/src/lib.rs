//! Seating: sells exactly as many seats as there are.
//!
//! Owns showings and their seats, or their general admission. Read in this order.

pub mod domain;

pub mod commands;
mod withdrawal;

pub mod queries;
pub mod seat_map;

pub mod grpc;

pub mod policies;

pub mod events;

pub mod store;

pub mod audit;
mod metrics;

mod config;
mod error;

pub use self::config::Config;
pub use self::error::Error;
pub use self::policies::WHENEVER;
pub use self::store::migrations;

use boxoffice_contracts::rest;
use boxoffice_contracts::seating::v1::seat_hold_service_server::SeatHoldServiceServer;
use boxoffice_contracts::seating::v1::seating_service_server::SeatingServiceServer;
use boxoffice_eventing::Lanes;
use boxoffice_runtime::{Deps, Server};

use self::grpc::Grpc;
use self::queries::Reads;
use self::seat_map::{Nudge, Watchers};
use self::store::{Layouts, Store};
use self::withdrawal::Withdrawal;

/// What every handler may touch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// Where commands are handed in.
    pub lanes: Lanes<Store>,
    /// What is read.
    pub reads: Reads,
    /// Who watches which seat map.
    pub watchers: Watchers,
}

/// Adds seating to the server: its two services by gRPC, the public one by HTTP, and its tasks.
pub fn build(config: Config, deps: &Deps, server: &mut Server) -> App {
    let (layouts, nudge) = (Layouts::default(), Nudge::default());
    let store = Store::new(deps.clock, layouts.clone(), nudge.clone());
    let lanes = deps.open(store, server);
    for (source, policy) in policies::POLICIES {
        deps.listen(source, &lanes, policy, server);
    }
    metrics::measure(deps, server);

    let reads = Reads::new(deps.db.read.clone(), layouts);
    let watchers = Watchers::new(reads.clone(), nudge, config.watchers, server.stopping());
    server.spawn("seat-maps", watchers.clone().follow());

    let withdrawal = Withdrawal {
        lanes: lanes.clone(),
        reads: reads.clone(),
        clock: deps.clock,
        every: config.withdraw,
        stopping: server.stopping(),
    };
    server.spawn("withdrawal", withdrawal.run());

    let app = App { lanes, reads, watchers };
    let grpc = Grpc { app: app.clone() };
    let seating = SeatingServiceServer::new(grpc.clone());
    server.serve(seating.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    let holds = SeatHoldServiceServer::new(grpc);
    server.serve(holds.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    server.rest(&["/v1/showings", "/v1/halls"], rest::seating(server.grpc()));
    app
}
