//! `boxoffice config`: the settings in force, and where each comes from.

use clap::ArgMatches;
use clap::parser::ValueSource;

/// Prints every setting of `serve` on a line of its own; secrets are masked.
pub(crate) fn print(matches: &ArgMatches) {
    let Some(("config", matches)) = matches.subcommand() else { return };
    for id in matches.ids() {
        let id = id.as_str();
        let Ok(Some(values)) = matches.try_get_raw(id) else { continue };
        let values: Vec<_> = values.map(|it| mask(id, &it.to_string_lossy())).collect();
        let source = match matches.value_source(id) {
            Some(ValueSource::EnvVariable) => "environment",
            Some(ValueSource::CommandLine) => "flag",
            _ => "default",
        };
        println!("{:<22} {}  ({source})", id.replace('_', "-"), values.join(" "));
    }
}

/// Hides what is secret: a secret whole, of a URL its password.
fn mask(id: &str, value: &str) -> String {
    if id.contains("secret") || id.contains("token") {
        return "***".to_owned();
    }
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    match rest.rsplit_once('@') {
        Some((login, host)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}")
        }
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn passwords_are_masked() {
        let url = "booking=postgres://user:p@ss:word@db:5432/booking";
        assert_eq!(mask("database_url", url), "booking=postgres://user:***@db:5432/booking");
        assert_eq!(mask("client_secret", "hush"), "***");
        assert_eq!(mask("listen", "127.0.0.1:8080"), "127.0.0.1:8080");
    }
}
