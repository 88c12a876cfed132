//! The rules, without a database: commands on a unit of work.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "decisions/laws.rs"]
mod laws;
#[path = "decisions/showings.rs"]
mod showings;
#[path = "decisions/stage.rs"]
mod stage;
#[path = "decisions/tickets.rs"]
mod tickets;
