//! What a user does, from outside, in both topologies. Each test is a true sentence; its requirements stand above it.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "whatever cannot go on fails the test")]

mod idempotency;
mod identity;
mod purchase;
mod races;
mod raw;
