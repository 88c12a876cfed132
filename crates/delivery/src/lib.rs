//! Delivery: how tickets reach the customer, and the door.
//!
//! Owns deliveries, tickets and the key they are signed with. Read in this order.

pub mod domain;

pub mod shipper;

mod issuer;
mod qr;

mod commands;

mod door;
mod peers;
mod worker;

mod queries;

mod grpc;

mod policies;

mod events;

mod store;

pub mod audit;

pub mod privacy;

mod config;
mod error;

pub use self::config::Config;
pub use self::error::{Error, Unanswered};
pub use self::policies::WHENEVER;

use std::sync::Arc;

use boxoffice_contracts::delivery::v1::delivery_service_server::DeliveryServiceServer;
use boxoffice_contracts::rest;
use boxoffice_eventing::Lanes;
use boxoffice_kernel::Clock;
use boxoffice_runtime::{Database, Deps, Server};
use sea_orm_migration::MigrationTrait;

use crate::grpc::Grpc;
use crate::peers::Booking;
use crate::shipper::Shipper;
use crate::shipper::guarded::Guarded;
use crate::shipper::simulator::Simulator;
use crate::store::Store;
use crate::store::key::Keys;
use crate::worker::Worker;

/// What every handler and the worker may touch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    lanes: Lanes<Store>,
    shipper: Guarded,
    booking: Booking,
    db: Database,
    clock: Clock,
}

/// Delivery's tables, and those of its outbox and inbox.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = boxoffice_eventing::migrations::all();
    all.extend(store::migrations::all());
    all
}

/// Adds delivery to the server, with the simulator as its shipper.
pub fn build(config: Config, deps: &Deps, server: &mut Server) -> App {
    build_on(Arc::new(Simulator::new(config.simulator)), config, deps, server)
}

/// Adds delivery to the server: its service by gRPC and HTTP, its lanes, relay and listeners, and
/// the worker that sends parcels.
pub fn build_on(
    shipper: Arc<dyn Shipper>,
    config: Config,
    deps: &Deps,
    server: &mut Server,
) -> App {
    let store = Store { clock: deps.clock, pace: config.pace(), keys: Keys::default() };
    let lanes = deps.open(store, server);
    for (source, policy) in policies::POLICIES {
        deps.listen(source, &lanes, policy, server);
    }
    let app = App {
        lanes,
        shipper: Guarded::new(shipper, &config),
        booking: Booking::new(&deps.peers, &config),
        db: deps.db.clone(),
        clock: deps.clock,
    };
    let worker = Worker::new(app.clone(), &config, server.stopping());
    server.spawn("delivery-worker", worker.run());

    let delivery = DeliveryServiceServer::new(Grpc { app: app.clone() });
    server.serve(delivery.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    server.rest(&["/v1/deliveries"], rest::delivery(server.grpc()));
    app
}
