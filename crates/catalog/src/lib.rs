//! Catalog: what is on. It owns titles, and says when one is registered, updated or removed.
//!
//! The smallest context, and so the one to read first: every other has the same files. Read in
//! this order.

pub mod domain;

pub mod commands;

mod queries;

mod grpc;

mod policies;

mod events;

mod store;

pub mod audit;

mod config;
mod error;

pub use self::config::Config;
pub use self::error::Error;
pub use self::policies::WHENEVER;

use boxoffice_contracts::catalog::v1::catalog_service_server::CatalogServiceServer;
use boxoffice_contracts::rest;
use boxoffice_eventing::Lanes;
use boxoffice_runtime::database::Database;
use boxoffice_runtime::{Deps, Server};
use sea_orm_migration::MigrationTrait;

use crate::commands::Command;
use crate::domain::Title;
use crate::grpc::Grpc;
use crate::store::Store;

/// What every handler may touch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) lanes: Lanes<Store>,
    pub(crate) db: Database,
}

/// Catalog's tables, and those of its outbox and inbox.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = boxoffice_eventing::migrations::all();
    all.push(Box::new(store::migrations::CreateTitles));
    all
}

/// Adds catalog to the server: its service by gRPC and HTTP, its lanes, relay and listener.
pub fn build(config: Config, deps: &Deps, server: &mut Server) -> App {
    let Config {} = config;
    let lanes = deps.open(Store { clock: deps.clock }, server);
    for (source, policy) in policies::POLICIES {
        deps.listen(source, &lanes, policy, server);
    }
    let app = App { lanes, db: deps.db.clone() };
    let catalog = CatalogServiceServer::new(Grpc { app: app.clone() });
    server.serve(catalog.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    server.rest(&["/v1/titles"], rest::catalog(server.grpc()));
    app
}

// === impl App ===

impl App {
    /// Changes a title that must exist.
    pub(crate) async fn ask(&self, command: Command) -> Result<Title, Error> {
        let title_id = command.title_id();
        self.lanes.ask(command).await?.ok_or(Error::NotFound(title_id))
    }
}
