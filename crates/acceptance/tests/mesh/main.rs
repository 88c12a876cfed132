//! The platform on a real Kubernetes, behind a real Istio: what `cargo xtask cluster test` proves.
//!
//! The tests run inside the cluster's namespaces, one after another, on one cluster that `BOXOFFICE_CLUSTER` describes.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "whatever cannot go on fails the test")]

mod kube;
