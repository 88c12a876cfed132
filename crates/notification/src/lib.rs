//! Notification: tells customers what became of their bookings.
//!
//! Owns notices and the way out to the mail server. Read in this order.

pub mod domain;

pub mod mailer;

mod commands;
mod worker;

mod queries;

mod grpc;
mod policies;

mod contacts;
mod events;
mod text;

mod store;

pub mod audit;
pub mod privacy;

mod config;
mod error;

pub use self::config::Config;
pub use self::error::Error;
pub use self::policies::WHENEVER;

use std::sync::Arc;

use boxoffice_contracts::notification::v1::notification_service_server::NotificationServiceServer;
use boxoffice_contracts::rest;
use boxoffice_eventing::Lanes;
use boxoffice_kernel::Clock;
use boxoffice_runtime::{Database, Deps, Server};
use sea_orm_migration::MigrationTrait;

use crate::contacts::Contacts;
use crate::grpc::Grpc;
use crate::mailer::Mailer;
use crate::store::Store;
use crate::worker::Worker;

/// What every handler and the worker may touch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    lanes: Lanes<Store>,
    contacts: Contacts,
    mailer: Arc<dyn Mailer>,
    db: Database,
    clock: Clock,
}

/// Notification's tables, and those of its outbox and inbox.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = boxoffice_eventing::migrations::all();
    all.extend(store::migrations::all());
    all
}

/// Adds notification to the server: its service by gRPC and HTTP, its lanes, relay and listeners,
/// and the worker that sends by `mailer`.
pub fn build(mailer: Arc<dyn Mailer>, config: Config, deps: &Deps, server: &mut Server) -> App {
    let lanes = deps.open(Store { clock: deps.clock, pace: config.pace() }, server);
    for (source, policy) in policies::POLICIES {
        deps.listen(source, &lanes, policy, server);
    }
    let app = App {
        lanes,
        contacts: Contacts::new(&deps.peers, &config),
        mailer,
        db: deps.db.clone(),
        clock: deps.clock,
    };
    let worker = Worker::new(app.clone(), &config, server.stopping());
    server.spawn("notification-worker", worker.run());
    let notification = NotificationServiceServer::new(Grpc { app: app.clone() });
    server.serve(notification.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    server.rest(&["/v1/notices"], rest::notification(server.grpc()));
    app
}
