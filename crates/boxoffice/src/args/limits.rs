//! What one process takes from the outside: what an operator would change of it.

use std::time::Duration;

use boxoffice_runtime::Limits;
use humantime::parse_duration;

/// Limits that depend on who calls, and on what stands in front. The others are in docs/operations.md.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Calls a second of one customer; more are refused with a hint when to come back. 0: any number.
    #[arg(long, env = "BOXOFFICE_RATE_PER_CUSTOMER", default_value_t = 1_000)]
    rate_per_customer: u32,
    /// Calls a second of one address, with a token or without. 0: any number, as behind a mesh, where all have one address
    /// unless --trusted-proxies says how to tell them apart.
    #[arg(long, env = "BOXOFFICE_RATE_PER_ADDRESS", default_value_t = 0)]
    rate_per_address: u32,
    /// So many proxies in front of us write whom they were called by at the end of `x-forwarded-for`. 0: nobody is believed.
    #[arg(long, env = "BOXOFFICE_TRUSTED_PROXIES", default_value_t = 0)]
    trusted_proxies: usize,
    /// Calls of one gRPC service that are handled at once; more are refused at once. The fewer, the sooner the others are
    /// answered.
    #[arg(long, env = "BOXOFFICE_MAX_CALLS", default_value_t = Limits::default().calls)]
    max_calls: usize,
    /// Streams that watch at once, such as seat maps.
    #[arg(long, env = "BOXOFFICE_MAX_WATCHERS", default_value_t = Limits::default().watchers)]
    max_watchers: usize,
    /// Connections at once; one more takes the place of the one that has been idle for longest.
    #[arg(long, env = "BOXOFFICE_MAX_CONNECTIONS", default_value_t = Limits::default().connections)]
    max_connections: usize,
    /// Connections of one address at once; more are closed. 0: as many as of all.
    #[arg(long, env = "BOXOFFICE_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 0)]
    max_connections_per_address: usize,
    /// How long a connection lives; its calls may end then, and its streams are told to go on by another one.
    #[arg(long, env = "BOXOFFICE_CONNECTION_AGE", default_value = "30m", value_parser = parse_duration)]
    connection_age: Duration,
    /// How long a client may take to send a request's headers (at most 10s) and body, and to take what it is answered.
    #[arg(long, env = "BOXOFFICE_CLIENT_PATIENCE", default_value = "30s", value_parser = parse_duration)]
    client_patience: Duration,
}

// === impl LimitArgs ===

impl From<&LimitArgs> for Limits {
    fn from(args: &LimitArgs) -> Self {
        let usual = Self::default();
        Self {
            connections: args.max_connections.min(most_connections()),
            connections_per_address: args.max_connections_per_address,
            connection_age: args.connection_age,
            header_read: usual.header_read.min(args.client_patience),
            body_read: args.client_patience,
            unread: args.client_patience,
            calls: args.max_calls,
            watchers: args.max_watchers,
            rate_per_customer: args.rate_per_customer,
            rate_per_address: args.rate_per_address,
            trusted_proxies: args.trusted_proxies,
            ..usual
        }
    }
}

/// As many as the operating system has file descriptors for, and some are left for databases and logs. Its soft limit is meant
/// for programs that never have many.
fn most_connections() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1024);
    usize::try_from(files / 4 * 3).unwrap_or(usize::MAX)
}
