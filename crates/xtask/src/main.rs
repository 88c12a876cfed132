//! The one door for a developer and for the CI: set-up, tests, benches.

mod chart;
mod paths;
mod proto;
mod sbom;
mod setup;
mod stages;
mod stream;
mod summary;
mod tools;

use std::ffi::OsString;
use std::fs;
use std::process::{ExitCode, Stdio};

use anyhow::{Result, ensure};
use clap::Parser;

use crate::paths::Paths;
use crate::stages::Stage;
use crate::tools::Need;

/// What `cargo xtask` can be asked for.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", about = "Sets up, tests and measures Boxoffice")]
enum Command {
    /// Install the tools the tests start, as pinned in tools.toml
    Setup {
        /// Only say what is missing, and fail if anything is
        #[arg(long)]
        check: bool,
    },
    /// Run every check and test, in stages
    Test {
        /// Run this stage and no other (may be given again)
        #[arg(long, value_name = "STAGE")]
        only: Vec<Stage>,
        /// Leave this stage out (may be given again)
        #[arg(long, value_name = "STAGE")]
        skip: Vec<Stage>,
    },
    /// Write docs/events.md, the event catalogue, from the protos and the policies
    Events,
    /// Keep the present protos as the release that later ones may not break
    BufImage,
    /// Write the values of the chart into helm/boxoffice/README.md
    ChartDocs,
    /// Write what the binary is made of: target/sbom/boxoffice.cdx.json
    Sbom,
    /// Measure, after set-up; the arguments are the bench's own
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Boot a one-node Kubernetes with Istio, and test on it: up, test, run, down
    Cluster {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        args: Vec<OsString>,
    },
    /// Write the container image: target/image/boxoffice.tar
    Image {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    match run(&Command::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<ExitCode> {
    let paths = Paths::find()?;
    match command {
        Command::Setup { check: true } => setup::check(&paths)?,
        Command::Setup { check: false } => setup::install(&paths, Need::Tests)?,
        Command::Test { only, skip } => return stages::run_all(&paths, only, skip),
        Command::Events => events(&paths)?,
        Command::BufImage => proto::write_image(&paths)?,
        Command::ChartDocs => chart::write_docs(&paths)?,
        Command::Sbom => println!("wrote {}", sbom::write(&paths)?.display()),
        Command::Bench { args } => bench(&paths, args)?,
        Command::Cluster { args } => return cluster(&paths, args),
        Command::Image { args } => {
            let args: Vec<_> = [OsString::from("image")].into_iter().chain(args.clone()).collect();
            return cluster(&paths, &args);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn events(paths: &Paths) -> Result<()> {
    let mut print = paths.cargo();
    print.args(["run", "--quiet", "--package", "boxoffice", "--", "event-catalogue"]);
    let printed = print.stderr(Stdio::inherit()).output()?;
    ensure!(printed.status.success(), "the catalogue was not printed");
    fs::write(paths.root.join("docs/events.md"), printed.stdout)?;
    println!("wrote docs/events.md");
    Ok(())
}

fn bench(paths: &Paths, args: &[String]) -> Result<()> {
    setup::install(paths, Need::Tests)?;
    let mut build = paths.cargo();
    build.args(["build", "--release", "--package", "boxoffice"]);
    ensure!(build.status()?.success(), "the binary to measure was not built");
    let mut bench = paths.cargo();
    bench.args(["run", "--release", "--package", "boxoffice-bench", "--"]).args(args);
    bench.env("BOXOFFICE_BIN", paths.target.join("release/boxoffice"));
    ensure!(bench.status()?.success(), "the bench ended with an error");
    Ok(())
}

fn cluster(paths: &Paths, args: &[OsString]) -> Result<ExitCode> {
    if args.first().is_some_and(|command| command == "up" || command == "test") {
        setup::install(paths, Need::Cluster)?;
    }
    // With `--workspace`, so that it is made of what the tests have compiled.
    let mut build = paths.cargo();
    build.args(["build", "--quiet", "--workspace", "--bin", "boxoffice-cluster"]);
    ensure!(build.status()?.success(), "what boots the cluster was not built");
    let status = paths.command(paths.target.join("debug/boxoffice-cluster")).args(args).status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
