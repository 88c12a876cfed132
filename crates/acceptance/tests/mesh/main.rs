//! The platform on a real Kubernetes, behind a real Istio: what `cargo xtask cluster test` proves.
//!
//! The tests run inside the cluster's namespaces, one after another, on one cluster that `BOXOFFICE_CLUSTER` describes.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "whatever cannot go on fails the test")]

mod autoscaling;
mod breaker;
mod canary;
mod changed;
mod chart;
mod configuration;
mod crowd;
mod envoy;
mod healing;
mod identity;
mod ingress;
mod inside;
mod istio;
mod kube;
mod observability;
mod plain;
mod purchase;
mod release;
mod retries;
mod rollout;
mod volume;

use std::sync::Arc;

use boxoffice_acceptance::World;
use boxoffice_testkit::platform::Cluster;

/// The platform of the running cluster, called from outside; without one the test fails, and says what to run.
fn world() -> World {
    match Cluster::running() {
        Ok(cluster) => World { platform: Arc::new(cluster) },
        Err(error) => panic!("{error:#}"),
    }
}
