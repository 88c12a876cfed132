//! What `boxoffice saga` takes.

use std::time::Duration;

use humantime::parse_duration;
use url::Url;
use uuid::Uuid;

use super::Stores;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Saga {
    #[command(subcommand)]
    pub(crate) command: SagaCommand,
    #[command(flatten)]
    pub(crate) stores: Stores,
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum SagaCommand {
    /// One booking's story: where it stands, who is waited for, what was said and done about it.
    Show {
        /// Which.
        booking: Uuid,
        /// For programs.
        #[arg(long)]
        json: bool,
        /// Where traces are looked at; a link to the booking's is printed.
        #[arg(long, env = "BOXOFFICE_JAEGER_URL")]
        jaeger_url: Option<Url>,
        /// Look at so many events of each context at most, from when the booking was placed.
        #[arg(long, default_value_t = 100_000)]
        most: u64,
    },
    /// The bookings that wait for somebody, the longest first.
    List {
        /// Only those that have waited too long: for anybody but their customers.
        #[arg(long)]
        stuck: bool,
        /// What is too long.
        #[arg(long, default_value = "5m", value_parser = parse_duration)]
        older: Duration,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
}
