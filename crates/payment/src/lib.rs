//! Payment: takes the money for a booking, and gives it back.
//!
//! Owns payments and the payment provider. Read in this order.

pub mod domain;

pub mod provider;

mod commands;

mod settlement;
mod worker;

mod queries;

mod grpc;

mod policies;

mod events;

mod store;

pub mod audit;

mod metrics;
pub mod privacy;

mod config;
mod error;

pub use self::config::Config;
pub use self::error::Error;
pub use self::policies::WHENEVER;

use std::sync::Arc;

use boxoffice_contracts::payment::v1::payment_approval_service_server::PaymentApprovalServiceServer;
use boxoffice_contracts::payment::v1::payment_service_server::PaymentServiceServer;
use boxoffice_contracts::rest;
use boxoffice_eventing::Lanes;
use boxoffice_kernel::Clock;
use boxoffice_runtime::{Database, Deps, Server, Tasks};
use sea_orm_migration::MigrationTrait;

use crate::grpc::Grpc;
use crate::provider::Provider;
use crate::provider::guarded::Guarded;
use crate::provider::simulator::Simulator;
use crate::provider::stripe::{self, Stripe};
use crate::store::Store;
use crate::worker::Worker;

/// What every handler and the worker may touch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    lanes: Lanes<Store>,
    provider: Guarded,
    db: Database,
    clock: Clock,
    tasks: Tasks,
}

/// Payment's tables, and those of its outbox and inbox.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = boxoffice_eventing::migrations::all();
    all.extend(store::migrations::all());
    all
}

/// Adds payment to the server, with Stripe as its provider if it is configured, else the simulator.
pub fn build(config: Config, deps: &Deps, server: &mut Server) -> Result<App, stripe::Unusable> {
    let Some(stripe) = config.stripe.clone() else {
        let simulator = Simulator::open(config.simulator, deps, server);
        return Ok(build_on(Arc::new(simulator), config, deps, server));
    };
    let provider = Stripe::open(&stripe, deps, server)?;
    let app = build_on(Arc::new(provider.clone()), config, deps, server);
    match stripe.webhook_secret {
        Some(secret) => stripe::webhook::serve(secret, provider, &app, server),
        None => tracing::warn!("no --stripe-webhook-secret: what Stripe says unasked is not heard"),
    }
    Ok(app)
}

/// Adds payment to the server: its services by gRPC and HTTP, its lanes, relay and listener, and
/// the worker that settles what nobody waits for.
pub fn build_on(
    provider: Arc<dyn Provider>,
    config: Config,
    deps: &Deps,
    server: &mut Server,
) -> App {
    let lanes = deps.open(Store { clock: deps.clock, pace: config.pace() }, server);
    for (source, policy) in policies::POLICIES {
        deps.listen(source, &lanes, policy, server);
    }
    metrics::measure(deps, server);
    let app = App {
        lanes,
        provider: Guarded::new(provider, &config),
        db: deps.db.clone(),
        clock: deps.clock,
        tasks: server.tasks(),
    };
    let worker = Worker::new(app.clone(), &config, server.stopping());
    server.spawn("payment-worker", worker.run());

    let payment = PaymentServiceServer::new(Grpc { app: app.clone() });
    server.serve(payment.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    let approval = PaymentApprovalServiceServer::new(Grpc { app: app.clone() });
    server.serve(approval.max_decoding_message_size(rest::DEFAULT_MAX_BODY));
    server.rest(&["/v1/payments"], rest::payment(server.grpc()));
    app
}
