//! `cargo xtask cluster`: boots the cluster, tests on it, and makes its images.

// Starting the servers is one future around many: see lib.rs.
#![recursion_limit = "256"]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use boxoffice_cluster::install::Binary;
use boxoffice_cluster::layout::Layout;
use boxoffice_cluster::programs::Programs;
use boxoffice_cluster::up::{Stage, up};
use boxoffice_cluster::{images, node, servers, test};
use clap::{Args, Parser};

/// What `cargo xtask cluster` can be asked for.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask cluster", about = "A one-node Kubernetes with Istio")]
enum Command {
    /// Write Boxoffice's image: target/image/boxoffice.tar
    Image {
        /// The tag of localhost/boxoffice; unless said, the one the chart installs
        #[arg(long, default_value = env!("CARGO_PKG_VERSION"))]
        tag: String,
        /// A static binary to put in, instead of building one
        #[arg(long)]
        binary: Option<PathBuf>,
    },
    /// Build the cluster's programs, which takes some ten minutes the first time
    Programs,
    /// Boot the cluster and install Boxoffice on it
    Up {
        /// Stop there; another `up` goes on
        #[arg(long, value_name = "STAGE", default_value = "platform")]
        until: Stage,
        #[command(flatten)]
        installed: Installed,
    },
    /// End the cluster
    Down,
    /// Boot a cluster if none is up, and run the tests that need one
    Test {
        /// Only tests with this in their name (may be given again)
        filter: Vec<String>,
        #[command(flatten)]
        installed: Installed,
    },
    /// Run a command inside: kubectl, helm, istioctl, curl, …
    Run {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<OsString>,
    },
    /// The first process in the cluster's namespaces
    #[command(hide = true)]
    Init,
    /// The servers beside the pods, from inside
    #[command(hide = true)]
    ServeStores,
}

#[derive(Debug, Args)]
struct Installed {
    /// Install what `cargo build` makes, with its libraries, in place of the optimised static binary: ten minutes less
    #[arg(long)]
    dev: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Command::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    let layout = Layout::find()?;
    match command {
        Command::Image { tag, binary } => {
            images::write_boxoffice(&layout, &tag, binary.as_deref())?;
        }
        Command::Programs => {
            Programs::provide(&layout)?;
        }
        Command::Up { until, installed } => up(&layout, until, installed.binary()).await?,
        Command::Down => node::down(&layout)?,
        Command::Test { filter, installed } => {
            return test::run(&layout, &filter, installed.binary()).await;
        }
        Command::Run { command } => return node::run(&layout, &command),
        Command::Init => node::init(&layout)?,
        Command::ServeStores => servers::serve(&layout).await?,
    }
    Ok(ExitCode::SUCCESS)
}

// === impl Installed ===

impl Installed {
    fn binary(&self) -> Binary {
        if self.dev { Binary::Dev } else { Binary::Release }
    }
}
