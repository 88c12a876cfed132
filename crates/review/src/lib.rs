//! Review: stars and text by those who were there, and what they come to for each title.
//!
//! Owns reviews and ratings. Read in this order.

pub mod domain;

mod commands;

mod attendance;
mod publishing;
mod worker;

mod queries;

mod grpc;

mod events;

mod store;

pub mod audit;

pub mod privacy;

mod config;
mod error;

pub use self::config::Config;
pub use self::error::Error;

use boxoffice_contracts::rest;
use boxoffice_contracts::review::v1::review_service_server::ReviewServiceServer;
use boxoffice_eventing::Lanes;
use boxoffice_kernel::Clock;
use boxoffice_runtime::{Database, Deps, Server, Tasks};
use sea_orm_migration::MigrationTrait;

use crate::attendance::Attendance;
use crate::grpc::Grpc;
use crate::store::Store;
use crate::worker::Worker;

/// What every handler and the worker may touch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    lanes: Lanes<Store>,
    attendance: Attendance,
    db: Database,
    clock: Clock,
    tasks: Tasks,
}

/// Review's tables, and those of its outbox and inbox.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = boxoffice_eventing::migrations::all();
    all.push(Box::new(store::migrations::CreateReviews));
    all
}

/// Adds review to the server: its service by gRPC and HTTP, its lanes and relay, and the worker
/// that settles what waits for booking.
pub fn build(config: Config, deps: &Deps, server: &mut Server) -> App {
    let lanes = deps.open(Store { clock: deps.clock, pace: config.pace() }, server);
    let app = App {
        lanes,
        attendance: Attendance::new(&deps.peers, &config),
        db: deps.db.clone(),
        clock: deps.clock,
        tasks: server.tasks(),
    };
    let worker = Worker::new(app.clone(), &config, server.stopping());
    server.spawn("review-worker", worker.run());

    let review = ReviewServiceServer::new(Grpc { app: app.clone() });
    server.serve(review.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    server.rest(&["/v1/reviews", "/v1/ratings"], rest::review(server.grpc()));
    app
}
