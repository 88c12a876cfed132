//! Payment as others see it: by gRPC, by events and in the provider's ledger, on every database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![recursion_limit = "256"]

mod approving;
mod closing;
mod line;
mod privacy;
mod promises;
mod reading;
mod replicas;
mod settling;
mod simulator;
mod stripe;
mod world;
