//! Booking: takes a customer from chosen seats to a confirmed booking.
//!
//! Owns bookings and the purchase saga, its deadline included. Read in this order.

pub mod domain;

pub mod commands;

mod purchase;
mod timers;

mod peers;

mod queries;

mod grpc;

mod policies;

mod events;

pub mod store;

pub mod audit;

mod metrics;
pub mod privacy;

mod app;
mod config;
mod error;

pub use app::App;
pub use config::Config;
pub use error::Error;
pub use policies::WHENEVER;

use std::sync::Arc;

use boxoffice_contracts::booking::v1::booking_lookup_service_server::BookingLookupServiceServer;
use boxoffice_contracts::booking::v1::booking_service_server::BookingServiceServer;
use boxoffice_contracts::rest;
use boxoffice_runtime::{Deps, Server};
use sea_orm_migration::MigrationTrait;

use crate::grpc::Grpc;
use crate::peers::Peers;
use crate::purchase::Purchase;
use crate::store::Store;
use crate::timers::Sweeper;

/// Booking's tables, and those of its outbox and inbox.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = boxoffice_eventing::migrations::all();
    all.push(Box::new(store::migrations::CreateBookings));
    all.push(Box::new(store::migrations::CreateErasures));
    all
}

/// Adds booking to the server: its service by gRPC and HTTP, and what keeps bookings moving.
pub fn build(config: Config, deps: &Deps, server: &mut Server) -> App {
    let store = Store { clock: deps.clock, terms: config.terms };
    let lanes = deps.open(store, server);
    for (source, policy) in policies::POLICIES {
        deps.listen(source, &lanes, policy, server);
    }
    metrics::measure(deps, server);

    let purchase = Purchase { lanes, peers: Peers::new(&deps.peers, &config) };
    let sweeper = Sweeper {
        purchase: purchase.clone(),
        db: deps.db.read.clone(),
        clock: deps.clock,
        every: config.sweep,
        stopping: server.stopping(),
    };
    server.spawn("booking-sweeper", sweeper.run());

    let app = App {
        purchase,
        config: Arc::new(config),
        db: deps.db.clone(),
        clock: deps.clock,
        tasks: server.tasks(),
        stopping: server.stopping(),
    };
    let booking = BookingServiceServer::new(Grpc { app: app.clone() });
    server.serve(booking.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    let lookup = BookingLookupServiceServer::new(Grpc { app: app.clone() });
    server.serve(lookup.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    server.rest(&["/v1/bookings"], rest::booking(server.grpc()));
    app
}
