//! The box office: one binary, all contexts or any of them.
//!
//! A context that is not in this repository joins by a binary of its own, `fn main() -> ExitCode { boxoffice::main(&[MEMBER]) }`:
//! see docs/adding-a-context.md.

mod args;
mod audit;
mod catalogue;
mod config;
mod contexts;
mod dead_letters;
mod demo;
mod events;
mod health;
mod identity;
mod migrate;
mod privacy;
mod rebuild;
mod saga;
mod serve;
mod stores;
mod token;
mod try_out;
mod welcome;

use std::process::ExitCode;

use boxoffice_telemetry::Traces;
use clap::{CommandFactory as _, FromArgMatches as _};

pub use crate::args::Serve;
use crate::args::{Args, Command, secrets};
pub use crate::contexts::Member;

/// Does what the command line says, with our contexts and those that are `joining` them.
pub fn main(joining: &[Member]) -> ExitCode {
    match run(joining) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("boxoffice: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(joining: &[Member]) -> anyhow::Result<ExitCode> {
    contexts::join(joining)?;
    let asked = secrets::explained(Args::command());
    let matches = asked.clone().get_matches();
    let matches = secrets::from_files(asked.clone(), &matches)?.get_matches();
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let command = args.command.map_or_else(Command::of_environment, Ok)?;
    if !matches!(command, Command::Serve(_)) {
        // `boxoffice events | head` ends when nobody reads on, as other tools do. Whoever serves goes on without a reader.
        sigpipe::reset();
    }
    let traces =
        if let Command::Serve(serve) = &command { serve.traces() } else { Traces::default() };
    let _guard = boxoffice_telemetry::init(args.logs.into(), &traces)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve(serve) => Box::pin(serve::run(*serve)).await?,
            Command::Migrate(migrate) => migrate::run(&migrate).await?,
            Command::Health(health) => return Ok(health::run(&health).await),
            Command::Config(_) => config::print(&asked, &matches),
            Command::Demo(demo) => try_out::run(&demo).await?,
            Command::Token(token) => token::print(&token)?,
            Command::Openapi => println!("{}", boxoffice_contracts::openapi()),
            Command::Events(events) => events::run(&events).await?,
            Command::DeadLetters(command) => dead_letters::run(&command).await?,
            Command::Saga(saga) => saga::run(&saga).await?,
            Command::Audit(audit) => return audit::run(&audit).await,
            Command::Rebuild(rebuild) => rebuild::run(&rebuild).await?,
            Command::Privacy(privacy) => privacy::run(&privacy).await?,
            Command::EventCatalogue => print!("{}", catalogue::page()),
            Command::Version => println!("boxoffice {}", env!("CARGO_PKG_VERSION")),
        }
        Ok(ExitCode::SUCCESS)
    })
}
