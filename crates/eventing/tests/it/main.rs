//! Eventing on real databases and brokers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod contract;
mod lane;
mod lane_limits;
mod listener;
mod loss;
mod nats;
mod privacy;
mod relay;
mod stores;
mod toy;
mod trace;
mod world;
