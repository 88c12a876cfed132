//! What `serve` runs with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use boxoffice_kernel::Context;
use humantime::parse_duration;
use secrecy::SecretString;
use url::Url;

use super::limits::LimitArgs;
use super::stripe::Stripe;
use super::traces::Tracing;
use super::{PerContext, Stores};
use crate::contexts;

/// What `serve` runs with; a context reads its part of it.
#[derive(Clone, Debug, clap::Args)]
pub struct Serve {
    /// Serve only this context; may be given more than once. Default: all of them.
    #[arg(
        long = "context",
        env = "BOXOFFICE_CONTEXT",
        value_delimiter = ',',
        value_parser = contexts::parse
    )]
    pub(crate) contexts: Vec<Context>,
    /// Where to listen, for gRPC and HTTP alike.
    #[arg(long, env = "BOXOFFICE_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where to show metrics to Prometheus, on a port of its own without a token: 0.0.0.0:9464. Default: nowhere.
    #[arg(long, env = "BOXOFFICE_METRICS_LISTEN")]
    pub(crate) metrics_listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) stores: Stores,
    /// Where another context is reached, `seating=http://…`, or all, with `{context}` in it.
    #[arg(long, env = "BOXOFFICE_PEER", value_delimiter = ' ')]
    pub(crate) peer: Vec<PerContext>,
    #[command(flatten)]
    pub(crate) identity: Identity,
    #[command(flatten)]
    pub(crate) terms: Terms,
    #[command(flatten)]
    pub(crate) provider: Provider,
    #[command(flatten)]
    pub(crate) mail: Mail,
    #[command(flatten)]
    pub(crate) tracing: Tracing,
    /// Transactions at a time in each context: lanes for callers, and as many for events.
    #[arg(long, env = "BOXOFFICE_LANES", default_value_t = 1)]
    pub(crate) lanes: usize,
    /// After SIGTERM, be unready but go on serving so long, until nobody is sent here any more.
    #[arg(long, env = "BOXOFFICE_DRAIN", default_value = "0s", value_parser = parse_duration)]
    pub(crate) drain: Duration,
    /// Then wait at most so long for calls in flight.
    #[arg(long, env = "BOXOFFICE_GRACE", default_value = "20s", value_parser = parse_duration)]
    pub(crate) grace: Duration,
    /// Leave the programme to try out of a new data directory.
    #[arg(long, env = "BOXOFFICE_NO_DEMO")]
    pub(crate) no_demo: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// For tests: end the process at this step of the work, such as `before:hold`.
    #[arg(long, hide = true)]
    pub(crate) abort_at: Option<String>,
}

/// Whose tokens are good.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Identity {
    /// An OpenID Connect issuer. Default: a development issuer in this process.
    #[arg(long, env = "BOXOFFICE_ISSUER")]
    pub(crate) issuer: Option<Url>,
    /// Reach an issuer on another machine by http://, where a mesh encrypts the way.
    #[arg(long, env = "BOXOFFICE_INSECURE_ISSUER")]
    pub(crate) insecure_issuer: bool,
    /// The audience its tokens must be for; not the id of a client that people sign in by.
    #[arg(long, env = "BOXOFFICE_AUDIENCE", default_value = "boxoffice")]
    pub(crate) audience: String,
    /// Where a token names its roles; a path such as `realm_access.roles`.
    #[arg(long, env = "BOXOFFICE_ROLES_CLAIM", default_value = "roles")]
    pub(crate) roles_claim: String,
    /// Our own client at the issuer, for calls between contexts.
    #[arg(long, env = "BOXOFFICE_CLIENT_ID")]
    pub(crate) client_id: Option<String>,
    /// Its secret.
    #[arg(long, env = "BOXOFFICE_CLIENT_SECRET", hide_env_values = true)]
    pub(crate) client_secret: Option<SecretString>,
    /// The development issuer's key; processes that share it trust each other. Default: `dev-key.pem` in
    /// the data directory.
    #[arg(long, env = "BOXOFFICE_DEV_KEY")]
    pub(crate) dev_key: Option<PathBuf>,
    /// Let the development issuer serve others than this machine. Anybody can then be anybody.
    #[arg(long, env = "BOXOFFICE_INSECURE_DEV_LOGIN")]
    pub(crate) insecure_dev_login: bool,
}

/// The box office's terms, and how long others are waited for.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Terms {
    /// How long seats are held unpaid.
    #[arg(long, env = "BOXOFFICE_HOLD", default_value = "10m", value_parser = parse_duration)]
    pub(crate) hold: Duration,
    /// How long a booking may look for its seats.
    #[arg(long, env = "BOXOFFICE_PLACING", default_value = "30s", value_parser = parse_duration)]
    pub(crate) placing: Duration,
    /// How long payment is waited for in a call; then it settles by itself.
    #[arg(long, env = "BOXOFFICE_PAYMENT_DEADLINE", default_value = "2s", value_parser = parse_duration)]
    pub(crate) payment_deadline: Duration,
    /// How long seating, catalog and streaming are waited for in a call.
    #[arg(long, env = "BOXOFFICE_PEER_DEADLINE", default_value = "1s", value_parser = parse_duration)]
    pub(crate) peer_deadline: Duration,
    /// How long booking is waited for when somebody writes a review; then it settles by itself.
    #[arg(long, env = "BOXOFFICE_REVIEW_DEADLINE", default_value = "500ms", value_parser = parse_duration)]
    pub(crate) review_deadline: Duration,
    /// How long an open circuit breaker refuses before it tries again.
    #[arg(long, env = "BOXOFFICE_BREAKER_WAIT", default_value = "1s", value_parser = parse_duration)]
    pub(crate) breaker_wait: Duration,
    /// Seats in one booking, at most.
    #[arg(long, env = "BOXOFFICE_MOST_SEATS", default_value_t = 100)]
    pub(crate) most_seats: u32,
    /// How often bookings are looked for that are due.
    #[arg(long, env = "BOXOFFICE_SWEEP", default_value = "500ms", value_parser = parse_duration)]
    pub(crate) sweep: Duration,
}

/// The payment provider: a simulator, until another is configured.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Provider {
    /// How long the provider is waited for.
    #[arg(long, env = "BOXOFFICE_PROVIDER_DEADLINE", default_value = "1500ms", value_parser = parse_duration)]
    pub(crate) provider_deadline: Duration,
    /// The simulator answers after so long.
    #[arg(long, env = "BOXOFFICE_SIMULATOR_LATENCY", default_value = "0ms", value_parser = parse_duration)]
    pub(crate) simulator_latency: Duration,
    /// With `pm_sim_slow` it answers after so long.
    #[arg(long, env = "BOXOFFICE_SIMULATOR_SLOW", default_value = "5s", value_parser = parse_duration)]
    pub(crate) simulator_slow: Duration,
    /// The simulator answers nobody.
    #[arg(long, env = "BOXOFFICE_SIMULATOR_DOWN")]
    pub(crate) simulator_down: bool,
    #[command(flatten)]
    pub(crate) stripe: Stripe,
}

/// How notices reach customers.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Mail {
    /// The mail server notices go out by: `smtps://user:password@host`, `smtp://host:25`, or with
    /// `?tls=required` for STARTTLS. Default: none, a line in the log for each.
    #[arg(long, env = "BOXOFFICE_SMTP_URL", hide_env_values = true)]
    pub(crate) smtp_url: Option<SecretString>,
    /// Whom they are from, such as `Box office <tickets@example.org>`.
    #[arg(long, env = "BOXOFFICE_SMTP_FROM")]
    pub(crate) smtp_from: Option<String>,
    /// How long the mail server may take for one letter.
    #[arg(long, env = "BOXOFFICE_MAIL_DEADLINE", default_value = "10s", value_parser = parse_duration)]
    pub(crate) mail_deadline: Duration,
}
