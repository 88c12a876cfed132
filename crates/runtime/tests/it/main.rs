//! The chassis, with small real services plugged in, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test ends where an expectation does")]
#![expect(clippy::disallowed_methods, reason = "a test's tasks end with its runtime")]

mod auth;
mod breaker;
mod database;
mod fake;
mod fuzz;
mod limits;
mod metrics;
mod newcomer;
mod oidc;
mod peers;
mod port;
mod postgres;
mod shutdown;
mod tls;
mod world;
