//! Catalog as its callers meet it: by gRPC and HTTP, on SQLite, PostgreSQL and MariaDB.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod events;
mod hostile;
mod paging;
mod ratings;
mod replicas;
mod sandbox;
mod search;
mod titles;
