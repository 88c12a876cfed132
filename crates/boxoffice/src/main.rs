//! The box office: one binary, all contexts or any of them.

mod args;
mod audit;
mod catalogue;
mod config;
mod dead_letters;
mod demo;
mod events;
mod identity;
mod migrate;
mod rebuild;
mod serve;
mod stores;
mod token;
mod try_out;
mod welcome;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::args::{Args, Command};

fn main() -> ExitCode {
    let matches = Args::command().get_matches();
    let args = match Args::from_arg_matches(&matches) {
        Ok(args) => args,
        Err(error) => error.exit(),
    };
    match run(args, &matches) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("boxoffice: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args, matches: &clap::ArgMatches) -> anyhow::Result<ExitCode> {
    let _guard = boxoffice_telemetry::init(args.logs.into())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match args.command.unwrap_or_default() {
            Command::Serve(serve) => Box::pin(serve::run(*serve)).await?,
            Command::Migrate(stores) => migrate::run(&stores).await?,
            Command::Config(_) => config::print(matches),
            Command::Demo(demo) => try_out::run(&demo).await?,
            Command::Token(token) => token::print(&token)?,
            Command::Openapi => println!("{}", boxoffice_contracts::openapi()),
            Command::Events(events) => events::run(&events).await?,
            Command::DeadLetters(command) => dead_letters::run(&command).await?,
            Command::Audit(audit) => return audit::run(&audit).await,
            Command::Rebuild(rebuild) => rebuild::run(&rebuild).await?,
            Command::EventCatalogue => print!("{}", catalogue::page()),
            Command::Version => println!("boxoffice {}", env!("CARGO_PKG_VERSION")),
        }
        Ok(ExitCode::SUCCESS)
    })
}
