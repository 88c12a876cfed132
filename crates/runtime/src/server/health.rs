//! `grpc.health.v1`: the process, every context and every service of it, each by its name; and `liveness`.

use std::collections::BTreeSet;

use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health as Answers, HealthServer};
use tonic_health::server::{HealthReporter, health_reporter};

/// Says whether requests are to be sent here.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    reporter: HealthReporter,
    names: BTreeSet<String>,
}

/// Whoever answers is alive, from the first moment to the last: only one that does not is to be started again. Not ready yet,
/// draining, or without its store, it would come back the same.
const LIVENESS: &str = "liveness";

/// Nobody has to prove who they are to ask after our health, or what we serve.
pub(crate) const LONGEST_QUESTION: usize = 16 * 1024;

// === impl Health ===

impl Health {
    /// Not serving yet. `services` are full names; a context's name is the second word of `boxoffice.catalog.v1.CatalogService`.
    pub(crate) async fn new(services: &[&'static str]) -> (Self, HealthServer<impl Answers>) {
        let (reporter, server) = health_reporter();
        let contexts = services.iter().filter_map(|service| service.split('.').nth(1));
        let names = services.iter().copied().chain(contexts).chain([""]);
        let health = Self { reporter, names: names.map(ToOwned::to_owned).collect() };
        health.say(ServingStatus::NotServing).await;
        health.tell(LIVENESS, true).await;
        (health, server.max_decoding_message_size(LONGEST_QUESTION))
    }

    pub(crate) async fn serving(&self) {
        self.say(ServingStatus::Serving).await;
    }

    pub(crate) async fn not_serving(&self) {
        self.say(ServingStatus::NotServing).await;
    }

    /// Of something that others do for us.
    pub(crate) async fn tell(&self, name: &str, is_well: bool) {
        let status = if is_well { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.reporter.set_service_status(name, status).await;
    }

    async fn say(&self, status: ServingStatus) {
        for name in &self.names {
            self.reporter.set_service_status(name, status).await;
        }
    }
}
