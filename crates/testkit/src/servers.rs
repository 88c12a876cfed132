//! Real servers for tests: NATS, Postgres, MariaDB, a mail server, an identity provider, and a proxy to cut
//! the line to them.
//!
//! Each listens on a free loopback port, keeps that port and its data when it is stopped and started again,
//! and leaves nothing behind: it is ended when its handle is dropped, and when the test process dies of any
//! cause. A tool that is not installed is an error that says what to run, never a skipped test.

mod certificates;
mod jaeger;
mod mariadb;
mod nats;
mod oidc;
mod port;
mod postgres;
pub(crate) mod process;
mod prometheus;
pub(crate) mod scratch;
pub(crate) mod server;
mod smtp;
mod stripe;
mod tools;
mod toxiproxy;

pub use self::certificates::{Authority, Certificate};
pub use self::jaeger::{Jaeger, Seen, Traces};
pub use self::mariadb::MariaDb;
pub use self::nats::{Nats, Snapshot};
pub use self::oidc::{Oidc, SigningKey};
pub use self::port::free_port;
pub use self::postgres::Postgres;
pub use self::prometheus::{Prometheus, Sample, Series, promtool};
pub use self::smtp::{Mail, Smtp};
pub use self::stripe::{Event, Paid, Stripe, Trouble};
pub use self::tools::Tools;
pub use self::toxiproxy::{Proxy, Toxiproxy};
