//! Measures the platform next to pgbench, in one go on one machine, and writes docs/benchmarks.md.

// The servers' futures are nested deeper than the default in a release build.
#![recursion_limit = "256"]

mod args;
mod bed;
mod callers;
mod machine;
mod pgbench;
mod programme;
mod report;
mod rounds;
mod stores;
mod usage;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Args;

/// One thread: the callers must not take the cores from what is measured.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match rounds::run(&Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("error: something was oversold, or the audit found something: see above");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
