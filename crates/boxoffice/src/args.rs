//! Every setting there is: flags, each with its environment variable, in one place.

#[cfg(test)]
mod chart;
mod limits;
mod privacy;
mod saga;
pub(crate) mod secrets;
mod serve;
mod stores;
mod stripe;
mod traces;

use std::path::PathBuf;
use std::time::Duration;

use boxoffice_kernel::Context;
use boxoffice_telemetry::{Format, Logs};
use clap::{Args as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

pub(crate) use self::privacy::{Privacy, PrivacyCommand};
pub(crate) use self::saga::{Saga, SagaCommand};
pub use self::serve::Serve;
pub(crate) use self::stores::{PerContext, Stores};
pub(crate) use self::stripe::Stripe;

use crate::contexts;

/// Sells tickets for films and stage shows, and films to watch at home.
///
/// Without a command it serves everything from one process, with nothing else installed.
#[derive(Debug, Parser)]
#[command(name = "boxoffice", version, max_term_width = 110)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) logs: LogArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve all contexts, or those named by --context.
    Serve(Box<Serve>),
    /// Bring the databases to this version's tables, and end. Two that do so at once are safe.
    Migrate(Migrate),
    /// Ask processes whether they take calls: a line for each; exit code 1 unless all do.
    Health(Health),
    /// Print the settings `serve` would run with, and where each comes from. Secrets are masked.
    Config(Box<Serve>),
    /// Put a programme to try into a running platform. Repeating it adds nothing twice.
    Demo(Demo),
    /// Print a token of the development issuer.
    Token(Token),
    /// Print the OpenAPI document of all public services.
    Openapi,
    /// Print what was said: the latest events of every context.
    Events(Events),
    /// Look at events that could not be handled, and hand them in again.
    DeadLetters(DeadLetters),
    /// Tell a booking's story, or which bookings wait and for whom.
    Saga(Saga),
    /// Check the invariants across all stores; exit code 1 if any is broken.
    Audit(Audit),
    /// Make a read model again from the streams: empty its tables, then take in every event ever said.
    ///
    /// Whoever serves it may go on running: events that come meanwhile take effect once, and the result is the
    /// same. Until it is done, pages lack what has not been read yet. If it is interrupted, run it again.
    Rebuild(Rebuild),
    /// Answer a person who asks for their data, or for its end.
    Privacy(Privacy),
    /// Print the event catalogue, docs/events.md.
    #[command(hide = true)]
    EventCatalogue,
    /// Print the version.
    Version,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Migrate {
    /// Only the database of this context; may be given more than once. Default: all of them.
    #[arg(
        long = "context",
        env = "BOXOFFICE_CONTEXT",
        value_delimiter = ',',
        value_parser = contexts::parse
    )]
    pub(crate) contexts: Vec<Context>,
    #[command(flatten)]
    pub(crate) stores: Stores,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Health {
    /// Where one listens; may be given more than once.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub(crate) url: Vec<Url>,
    /// Go on asking so long those that do not take calls yet.
    #[arg(long, default_value = "0s", value_parser = humantime::parse_duration)]
    pub(crate) wait: Duration,
}

/// How logs are written.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// For people, or one JSON object a line.
    #[arg(long, global = true, env = "BOXOFFICE_LOG_FORMAT", default_value = "human")]
    log_format: LogFormat,
    /// What is logged, such as `info,boxoffice_booking=debug`.
    #[arg(long, global = true, env = "BOXOFFICE_LOG_FILTER", default_value = Logs::DEFAULT_FILTER)]
    log_filter: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Human,
    Json,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Demo {
    /// Where the platform listens.
    #[arg(long, env = "BOXOFFICE_URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) url: Url,
    /// An administrator's token; without it one of the development issuer is made.
    #[arg(long, env = "BOXOFFICE_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<SecretString>,
    #[command(flatten)]
    pub(crate) key: DevKey,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Token {
    /// Whose token: the customer's name, as it will stand in their bookings.
    #[arg(long, default_value = "alice")]
    pub(crate) sub: String,
    /// customer, admin, care or service; may be given more than once.
    #[arg(long = "role", default_value = "customer")]
    pub(crate) roles: Vec<String>,
    /// How long it is good for.
    #[arg(long, default_value = "12h", value_parser = humantime::parse_duration)]
    pub(crate) ttl: Duration,
    #[command(flatten)]
    pub(crate) key: DevKey,
}

/// Where the development issuer's key lies.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DevKey {
    /// The data directory of the platform.
    #[arg(long, env = "BOXOFFICE_DATA_DIR", default_value = "data")]
    pub(crate) data_dir: PathBuf,
    /// The development issuer's key; default: `dev-key.pem` in the data directory.
    #[arg(long, env = "BOXOFFICE_DEV_KEY")]
    pub(crate) dev_key: Option<PathBuf>,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Events {
    /// Only of this booking.
    #[arg(long)]
    pub(crate) booking: Option<Uuid>,
    /// Only what this context said.
    #[arg(long, value_parser = contexts::parse)]
    pub(crate) context: Option<Context>,
    /// Look at so many events of each context, from the last one back.
    #[arg(long, default_value_t = 200)]
    pub(crate) last: u64,
    #[command(flatten)]
    pub(crate) stores: Stores,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DeadLetters {
    #[command(subcommand)]
    pub(crate) command: DeadLettersCommand,
    #[command(flatten)]
    pub(crate) stores: Stores,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum DeadLettersCommand {
    /// One line each.
    List,
    /// One, whole.
    Show {
        /// As `list` prints it.
        id: Uuid,
    },
    /// Hand it in again; the running listener takes it up within seconds.
    Replay {
        /// As `list` prints it; without it: all of them.
        id: Option<Uuid>,
        /// Only of this listener.
        #[arg(long, value_parser = contexts::parse)]
        listener: Option<Context>,
    },
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Audit {
    /// Wait so long for empty outboxes and caught-up listeners first; what is still in flight then
    /// is listed apart from what is broken.
    #[arg(long, default_value = "0s", value_parser = humantime::parse_duration)]
    pub(crate) settle: Duration,
    #[command(flatten)]
    pub(crate) stores: Stores,
    #[command(flatten)]
    pub(crate) stripe: Stripe,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Rebuild {
    /// Which.
    pub(crate) read_model: ReadModel,
    #[command(flatten)]
    pub(crate) stores: Stores,
}

/// What can be made again, because it is nothing but what others said.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReadModel {
    /// What customers and customer care see of bookings.
    Mypage,
}

// === impl Command ===

impl Command {
    /// `serve` with its defaults and the environment.
    pub(crate) fn of_environment() -> Result<Self, secrets::Error> {
        let command = Serve::augment_args(clap::Command::new("serve"));
        let serve = secrets::read(command)?
            .try_get_matches_from(["serve"])
            .and_then(|matches| Serve::from_arg_matches(&matches))
            .unwrap_or_else(|error| error.exit());
        Ok(Self::Serve(Box::new(serve)))
    }
}

// === impl DevKey ===

impl DevKey {
    /// The file.
    pub(crate) fn path(&self) -> PathBuf {
        self.dev_key.clone().unwrap_or_else(|| self.data_dir.join("dev-key.pem"))
    }
}

// === impl LogArgs ===

impl From<LogArgs> for Logs {
    fn from(args: LogArgs) -> Self {
        let format = match args.log_format {
            LogFormat::Human => Format::Human,
            LogFormat::Json => Format::Json,
        };
        Self { format, filter: args.log_filter }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn flags_are_consistent() {
        Args::command().debug_assert();
    }
}
