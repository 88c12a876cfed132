//! The chart's schema and our flags are one list.

use std::collections::BTreeSet;

use clap::{Args as _, Command};
use serde_json::Value;

use super::{LogArgs, Serve, secrets};

/// What the chart says itself, from other values of its own.
const THE_CHARTS: [&str; 19] = [
    "audience",
    "client-id",
    "client-secret",
    "context",
    "data-dir",
    "database-url",
    "dev-key",
    "drain",
    "grace",
    "insecure-dev-login",
    "insecure-issuer",
    "issuer",
    "listen",
    "metrics-listen",
    "nats-url",
    "otlp-url",
    "peer",
    "roles-claim",
    "trace-ratio",
];

#[test]
fn the_chart_lets_every_setting_of_serve_be_set_and_no_other() {
    let schema = include_str!("../../../../helm/boxoffice/values.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let known = |list: &str| -> BTreeSet<String> {
        let list = schema["definitions"][list]["properties"].as_object().unwrap();
        list.keys().cloned().collect()
    };
    let serve = LogArgs::augment_args(Serve::augment_args(Command::new("serve")));
    let ours = serve.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_env().is_some());
    let (secret, open): (Vec<_>, Vec<_>) = ours.partition(|arg| secrets::is_secret(arg));
    let names = |args: Vec<&clap::Arg>| -> BTreeSet<String> {
        let names = args.into_iter().filter_map(|arg| arg.get_long());
        names.filter(|name| !THE_CHARTS.contains(name)).map(str::to_owned).collect()
    };
    assert_eq!(known("settings"), names(open), "settings");
    assert_eq!(known("secrets"), names(secret), "secrets");
    // The chart makes a flag's variable of its name.
    for arg in serve.get_arguments().filter(|arg| arg.get_env().is_some() && !arg.is_hide_set()) {
        let name = arg.get_long().unwrap_or_default();
        let variable = format!("BOXOFFICE_{}", name.to_uppercase().replace('-', "_"));
        assert_eq!(arg.get_env().and_then(|it| it.to_str()), Some(&*variable));
    }
}
