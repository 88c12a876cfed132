//! My page: what became of each booking, for its customer and for customer care (CQRS, FR-70, FR-72).
//!
//! Owns nothing but what it heard from the others, in the shape it is asked for. Read in this order.

pub mod domain;

mod commands;

mod policies;

mod queries;
mod watchers;

mod grpc;

mod store;

pub mod rebuild;

pub mod audit;

pub mod privacy;

mod config;
mod error;

pub use self::config::Config;
pub use self::error::Error;
pub use self::policies::WHENEVER;

use boxoffice_contracts::mypage::v1::care_service_server::CareServiceServer;
use boxoffice_contracts::mypage::v1::my_page_service_server::MyPageServiceServer;
use boxoffice_contracts::rest;
use boxoffice_runtime::{Database, Deps, Server};
use sea_orm_migration::MigrationTrait;

use crate::grpc::Grpc;
use crate::store::Store;
use crate::watchers::{Nudge, Watchers};

/// What every handler may touch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    db: Database,
    watchers: Watchers,
}

/// My page's tables, and those of its inbox.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = boxoffice_eventing::migrations::all();
    all.extend(store::migrations::all());
    all
}

/// Adds my page to the server: its two services by gRPC and HTTP, its lanes, and a listener for
/// everybody it follows.
pub fn build(config: Config, deps: &Deps, server: &mut Server) -> App {
    let nudge = Nudge::default();
    let lanes = deps.open(Store { nudge: nudge.clone() }, server);
    for (source, policy) in policies::POLICIES {
        deps.listen(source, &lanes, policy, server);
    }
    let db = deps.db.clone();
    let watchers = Watchers::new(db.read.clone(), nudge, config.watchers, server.stopping());
    server.spawn("my-bookings", watchers.clone().follow());

    let app = App { db, watchers };
    let mypage = MyPageServiceServer::new(Grpc { app: app.clone() });
    server.serve(mypage.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    let care = CareServiceServer::new(Grpc { app: app.clone() });
    server.serve(care.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    server.rest(&["/v1/me/bookings", "/v1/care/bookings"], rest::mypage(server.grpc()));
    app
}
