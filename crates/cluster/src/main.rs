//! `cargo xtask cluster`: boots the cluster, tests on it, and makes its images.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use boxoffice_cluster::layout::Layout;
use boxoffice_cluster::programs::Programs;
use boxoffice_cluster::{images, install, mesh, node, servers, test};
use clap::Parser;

/// What `cargo xtask cluster` can be asked for.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask cluster", about = "A one-node Kubernetes with Istio")]
enum Command {
    /// Write Boxoffice's image: target/image/boxoffice.tar
    Image {
        /// The tag of localhost/boxoffice
        #[arg(long, default_value = "dev")]
        tag: String,
    },
    /// Build the cluster's programs, which takes some ten minutes the first time
    Programs,
    /// Boot the cluster and install Boxoffice on it
    Up,
    /// End the cluster
    Down,
    /// Boot a cluster if none is up, and run the tests that need one
    Test {
        /// Only tests with this in their name (may be given again)
        filter: Vec<String>,
    },
    /// Run a command inside: kubectl, helm, istioctl, curl, …
    Run {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<OsString>,
    },
    /// The first process in the cluster's namespaces
    #[command(hide = true)]
    Init,
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
        Command::Image { tag } => {
            images::write_boxoffice(&layout, &tag)?;
        }
        Command::Programs => {
            Programs::provide(&layout)?;
        }
        Command::Up => up(&layout).await?,
        Command::Down => node::down(&layout)?,
        Command::Test { filter } => return test::run(&layout, &filter).await,
        Command::Run { command } => return node::run(&layout, &command),
        Command::Init => node::init(&layout).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn up(layout: &Layout) -> Result<()> {
    let programs = Programs::provide(layout)?;
    images::write_system(layout, &programs)?;
    node::up(layout, &programs).await?;
    mesh::up(layout, &programs).await?;
    servers::up(layout).await?;
    install::install(layout, &programs).await
}
