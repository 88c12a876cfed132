//! The published language: everything generated from `proto/`, and what makes it usable.
//!
//! Messages, clients and servers of every context (`booking::v1` …), their JSON, their validation,
//! their HTTP face ([`rest`]) and what is known about them ([`access()`], [`pool()`], [`openapi()`]).

pub mod codec;
pub mod convert;
mod describe;
mod generated;
pub mod page;
pub mod rest;
pub mod wkt;

pub use describe::{
    DESCRIPTORS, access, access_in, is_of_booking, name_of, openapi, pool, public_services,
};
pub use generated::boxoffice::{
    access, booking, catalog, delivery, mypage, notification, payment, review, seating, streaming,
};
pub use generated::google;
pub use prost;

/// The `domain` of every `google.rpc.ErrorInfo` we send.
pub const DOMAIN: &str = "boxoffice";
