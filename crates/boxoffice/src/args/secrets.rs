//! Secrets from files: whatever `X` of the environment is secret, `X_FILE` may name a file that holds it.
//!
//! A secret is a setting whose environment variable no help shows (`hide_env_values`). A file's text stands in for
//! the setting's default, so that flags and [`super::Serve`] know nothing of it.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command};

/// Why a secret cannot be had from its file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0} and {0}_FILE are both set; keep one of them")]
    Both(String),
    #[error("{setting}_FILE names {}, which cannot be read", .path.display())]
    Unreadable {
        setting: String,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{setting}_FILE names {}, which is empty", .path.display())]
    Empty { setting: String, path: PathBuf },
}

/// Says in the help of every secret that it may come from a file.
pub(crate) fn explained(command: Command) -> Command {
    let explain = |arg: Arg| match variable(&arg) {
        None => arg,
        Some(variable) => {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let help = format!("{help}; {variable}_FILE may name a file with it");
            arg.help(help)
        }
    };
    command.mut_args(explain).mut_subcommands(explained)
}

/// `command` with the secrets that files hold, for the subcommand that `matches` has chosen.
pub(crate) fn from_files(command: Command, matches: &ArgMatches) -> Result<Command, Error> {
    match matches.subcommand_name() {
        Some(chosen) => {
            let mut failure = None;
            let command = command.mut_subcommand(chosen, |chosen| {
                read(chosen.clone()).unwrap_or_else(|error| {
                    failure = Some(error);
                    chosen
                })
            });
            failure.map_or(Ok(command), Err)
        }
        None => read(command),
    }
}

/// `command` with the secrets that files hold for it.
pub(crate) fn read(command: Command) -> Result<Command, Error> {
    let mut failure = None;
    let command = command.mut_args(|arg| match secret(&arg) {
        Ok(None) => arg,
        Ok(Some(secret)) => arg.default_value(secret).hide_default_value(true),
        Err(error) => {
            failure = Some(error);
            arg
        }
    });
    failure.map_or(Ok(command), Err)
}

/// The file that the environment names for this setting, if it is a secret.
pub(crate) fn file(arg: &Arg) -> Option<PathBuf> {
    let path = std::env::var_os(format!("{}_FILE", variable(arg)?));
    path.map(PathBuf::from)
}

/// Whether nobody may read its value.
pub(crate) fn is_secret(arg: &Arg) -> bool {
    arg.is_hide_env_values_set()
}

/// The environment variable of a secret.
fn variable(arg: &Arg) -> Option<String> {
    let variable = arg.get_env().filter(|_| is_secret(arg));
    variable.and_then(OsStr::to_str).map(str::to_owned)
}

/// What the setting's file holds; of a setting that takes several values, one on a line.
fn secret(arg: &Arg) -> Result<Option<String>, Error> {
    let (Some(setting), Some(path)) = (variable(arg), file(arg)) else { return Ok(None) };
    if std::env::var_os(&setting).is_some() {
        return Err(Error::Both(setting));
    }
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(Error::Unreadable { setting, path, source }),
    };
    let text = match arg.get_value_delimiter() {
        Some(delimiter) => text.split_whitespace().collect::<Vec<_>>().join(&delimiter.to_string()),
        None => text.trim_end_matches(['\r', '\n']).to_owned(),
    };
    if text.is_empty() { Err(Error::Empty { setting, path }) } else { Ok(Some(text)) }
}
