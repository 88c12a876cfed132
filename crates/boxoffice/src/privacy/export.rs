//! All that is known about a person, as one JSON document.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use boxoffice_kernel::{Clock, CustomerId};
use serde_json::{Map, json};

use super::Everybody;
use crate::args::Stores;

pub(super) async fn run(args: &Stores, who: &CustomerId, to: Option<&Path>) -> anyhow::Result<()> {
    let known = Everybody::open(args).await?.know(who).await?;
    let contexts: Map<_, _> =
        known.into_iter().map(|(context, it)| (context.to_string(), json!(it.tables))).collect();
    let document = json!({
        "sub": who.as_str(),
        "exported_at": Clock.now(),
        "contexts": contexts,
    });
    match to {
        None => println!("{document:#}"),
        Some(path) => write(path, &format!("{document:#}\n"))?,
    }
    Ok(())
}

/// Nothing that is there is written over, and nobody else may read it.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = new.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("{} cannot be written; --to takes a new file", path.display()))
}
