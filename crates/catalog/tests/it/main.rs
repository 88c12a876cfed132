//! Catalog as its callers meet it: by gRPC and HTTP, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod events;
mod hostile;
mod paging;
mod replicas;
mod sandbox;
mod search;
mod titles;
