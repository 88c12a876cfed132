//! `boxoffice config`: the settings in force, and where each comes from.

use boxoffice_kernel::masked;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use crate::args::secrets;

/// Prints every setting of `serve` on a line of its own; secrets are masked.
pub(crate) fn print(boxoffice: &Command, matches: &ArgMatches) {
    let Some(config) = boxoffice.find_subcommand("config") else { return };
    let Some(matches) = matches.subcommand_matches("config") else { return };
    for arg in boxoffice.get_arguments().chain(config.get_arguments()) {
        let id = arg.get_id().as_str();
        let Ok(Some(values)) = matches.try_get_raw(id) else { continue };
        let values: Vec<_> = values.map(|it| shown(arg, &it.to_string_lossy())).collect();
        let source = match (matches.value_source(id), secrets::file(arg)) {
            (Some(ValueSource::EnvVariable), _) => "environment".to_owned(),
            (Some(ValueSource::CommandLine), _) => "flag".to_owned(),
            (_, Some(file)) => format!("file {}", file.display()),
            (_, None) => "default".to_owned(),
        };
        println!("{:<22} {}  ({source})", id.replace('_', "-"), values.join(" "));
    }
}

/// Hides what is secret: of an address the password, of anything else all.
fn shown(arg: &Arg, value: &str) -> String {
    match secrets::is_secret(arg) {
        true if !value.contains("://") => "***".to_owned(),
        true | false => masked(value),
    }
}
