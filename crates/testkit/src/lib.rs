//! What tests start. Never part of the product.

pub mod clients;
pub mod platform;
pub mod servers;
pub mod stores;
