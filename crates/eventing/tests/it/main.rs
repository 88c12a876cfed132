//! Eventing on real databases and brokers.

mod contract;
mod lane;
mod lane_limits;
mod listener;
mod loss;
mod relay;
mod stores;
mod tmp;
mod toy;
mod trace;
mod world;
