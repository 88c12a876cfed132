//! A one-node Kubernetes with Istio for tests, and the images it runs: from package registries alone, without a container engine.

// Starting the servers is one future around many: the optimiser looks deeper into it than it may by default.
#![recursion_limit = "256"]

pub mod images;
pub mod install;
pub mod layout;
pub mod mesh;
pub mod node;
pub mod oci;
pub mod programs;
pub mod progress;
pub mod servers;
pub mod test;
pub mod up;
