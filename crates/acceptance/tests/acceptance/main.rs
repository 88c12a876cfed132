//! What a user does, from outside, in both topologies. Each test is a true sentence; its requirements stand above it.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "whatever cannot go on fails the test")]

mod broker;
mod crashes;
mod dead_letters;
mod disorder;
mod first_minutes;
mod hangup;
mod hostile;
mod http;
mod idempotency;
mod identity;
mod json;
mod limits;
mod logs;
mod mariadb;
mod matrix;
mod metrics;
mod nonsense;
mod oidc;
mod operator;
mod payment_trouble;
mod privacy;
mod programme;
mod purchase;
mod races;
mod raw;
mod replicas;
mod rolling;
mod s0_movie_booking;
mod s1_musical_concert;
mod s2_home_movie;
mod s3_outerpark;
mod s4_musical_istio;
mod saga;
mod schemathesis;
mod secrets;
mod shutdown;
mod sold_out;
mod store_trouble;
mod stripe;
mod supporting_trouble;
mod tls;
mod tracing;
