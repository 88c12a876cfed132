//! Booking as others see it: by gRPC, by its events and by what it asks of its peers, on every database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "a test's tasks end with its runtime")]
#![recursion_limit = "256"]

mod cancelling;
mod outside;
mod paying;
mod placing;
mod privacy;
mod reading;
mod replicas;
mod showings;
mod sweeping;
mod world;
