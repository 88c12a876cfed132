//! The chassis a context plugs into: its database, who is calling, its peers, and the server that runs it.

pub mod auth;
pub mod breaker;
pub mod database;
pub mod deps;
pub mod https;
mod metrics;
pub mod peers;
pub mod privacy;
pub mod server;
pub mod status;
pub mod tasks;
pub mod whenever;

pub use auth::{Auth, Caller, DevIssuer, OidcConfig};
pub use boxoffice_contracts::access::v1::Role;
pub use breaker::{Breaker, BreakerConfig, CallError};
pub use database::Database;
pub use deps::Deps;
pub use https::{Https, HttpsError};
pub use metrics::by_state::ByState;
pub use peers::{Peer, Peers};
pub use privacy::Privacy;
pub use server::{Grpc, Limits, Listen, Running, Server, terminated};
pub use status::{reason_of, to_status};
pub use tasks::{Stopping, Tasks};
pub use whenever::{Policy, Unheard, Whenever};
