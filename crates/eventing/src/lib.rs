//! At-least-once events with exactly-once effects, and the one way to change a context.
//!
//! A command goes through a lane ([`Lanes`]): state, outbox and inbox rows are saved in one
//! transaction. A [`Relay`] publishes the outbox; a [`Listener`] hands events to a context's
//! policies, whose commands go through its lanes. Read in this order.

pub mod lane;

pub mod message;

pub mod outbox;
pub mod relay;

pub mod inbox;
pub mod listener;

pub mod dead_letters;
pub mod privacy;

pub mod broker;

pub mod database;
pub mod migrations;
pub mod tls;

mod metrics;
mod steady;

pub use broker::embedded::EventLog;
pub use broker::jetstream::JetStream;
pub use broker::{Broker, Subscription};
pub use database::StoreError;
pub use inbox::forget as forget_heard;
pub use lane::{LaneCounts, Lanes, Spawner, Turned, Work};
pub use listener::Listener;
pub use message::Message;
pub use outbox::{Pending, pending};
pub use relay::{Relay, Wake};
