//! What a person may ask for.

use std::path::PathBuf;

use boxoffice_kernel::CustomerId;
use clap::Subcommand;

use super::Stores;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Privacy {
    #[command(subcommand)]
    pub(crate) command: PrivacyCommand,
    #[command(flatten)]
    pub(crate) stores: Stores,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum PrivacyCommand {
    /// Print all that every context knows about them, as JSON.
    Export {
        #[command(flatten)]
        person: Person,
        /// Write it to this new file, which only its owner may read, instead.
        #[arg(long)]
        to: Option<PathBuf>,
    },
    /// Show what would go, or with --yes let it go: names, contact, methods of payment, texts, notices.
    ///
    /// Ids, seats, sums and states stay, under a pseudonym that nothing leads back from: the books balance. Refused while a booking,
    /// payment or parcel of theirs still needs them. If it is interrupted, run it again.
    Erase {
        #[command(flatten)]
        person: Person,
        /// Do it.
        #[arg(long)]
        yes: bool,
        /// For tests: end the process at this step of the work, such as `after:erase-payment`.
        #[arg(long, hide = true)]
        abort_at: Option<String>,
    },
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Person {
    /// Who: the `sub` of their tokens.
    #[arg(long, value_parser = sub)]
    pub(crate) sub: CustomerId,
}

fn sub(text: &str) -> Result<CustomerId, &'static str> {
    match text.len() {
        1..=255 => Ok(CustomerId::new(text)),
        _ => Err("the `sub` of a token has 1 to 255 bytes"),
    }
}
