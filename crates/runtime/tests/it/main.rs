//! The chassis, with small real services plugged in, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test ends where an expectation does")]

mod auth;
mod breaker;
mod database;
mod fake;
mod oidc;
mod peers;
mod port;
mod shutdown;
mod world;
