//! Seating as its callers meet it: by gRPC and HTTP, on SQLite, PostgreSQL and MariaDB.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod books;
mod events;
mod hostile;
mod race;
mod sandbox;
mod seat_map;
mod showings;
mod tickets;
mod withdrawal;
