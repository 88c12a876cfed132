//! What tests start. Never part of the product.

// Starting a fleet is one future around many: the optimiser looks deeper into it than it may by default.
#![recursion_limit = "256"]

pub mod clients;
pub mod platform;
pub mod servers;
pub mod stores;
