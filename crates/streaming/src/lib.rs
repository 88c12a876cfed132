//! Streaming: the right to watch a title at home. It owns licences, and says when one is granted, watched or revoked.
//!
//! Read in this order.

pub mod domain;

mod commands;

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
pub use self::error::Error;
pub use self::policies::WHENEVER;

use boxoffice_contracts::rest;
use boxoffice_contracts::streaming::v1::license_revocation_service_server::LicenseRevocationServiceServer;
use boxoffice_contracts::streaming::v1::streaming_service_server::StreamingServiceServer;
use boxoffice_eventing::Lanes;
use boxoffice_runtime::{Database, Deps, Server};
use sea_orm_migration::MigrationTrait;

use crate::grpc::Grpc;
use crate::store::Store;

/// What every handler may touch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) lanes: Lanes<Store>,
    pub(crate) db: Database,
}

/// Streaming's tables, and those of its outbox and inbox.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = boxoffice_eventing::migrations::all();
    all.push(Box::new(store::migrations::CreateLicenses));
    all
}

/// Adds streaming to the server: its services by gRPC and HTTP, its lanes, relay and listener.
pub fn build(config: Config, deps: &Deps, server: &mut Server) -> App {
    let Config {} = config;
    let lanes = deps.open(Store { clock: deps.clock }, server);
    for (source, policy) in policies::POLICIES {
        deps.listen(source, &lanes, policy, server);
    }
    let app = App { lanes, db: deps.db.clone() };
    let streaming = StreamingServiceServer::new(Grpc { app: app.clone() });
    server.serve(streaming.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    let revocation = LicenseRevocationServiceServer::new(Grpc { app: app.clone() });
    server.serve(revocation.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    server.rest(&["/v1/licenses"], rest::streaming(server.grpc()));
    app
}
