//! The tests that need a cluster: the acceptance suite's scenarios through the ingress, then what only a cluster can prove.

mod built;
mod part;
mod scenarios;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use boxoffice_testkit::platform::ClusterDescription;
use tokio::signal::unix::{SignalKind, signal};

use self::built::Built;
use self::part::Part;
use crate::install::Binary;
use crate::layout::Layout;
use crate::node;
use crate::up::{Stage, up};

/// What is looked at when something went wrong.
const NAMESPACES: [&str; 2] = [ClusterDescription::NAMESPACE, "istio-system"];

/// How long the platform may take to come to rest at the end.
const REST: &str = "60s";

/// Runs those whose names have one of the filters in them; all without a filter. A cluster that was not up is down again
/// afterwards, whatever happens.
///
/// # Errors
/// The cluster does not come up.
pub async fn run(layout: &Layout, filters: &[String], binary: Binary) -> Result<ExitCode> {
    node::privileges()?;
    // First: a cluster would only be in its way.
    let built = Built::build(layout)?;
    let was_up = node::is_up(layout)?;
    let mut end = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let proved = tokio::select! {
        proved = prove(layout, &built, filters, binary) => proved,
        _ = end.recv() => Err(anyhow::anyhow!("told to end")),
        _ = interrupt.recv() => Err(anyhow::anyhow!("interrupted")),
    };
    if !was_up {
        node::down(layout)?;
    }
    Ok(if proved? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether all went well.
async fn prove(layout: &Layout, built: &Built, filters: &[String], binary: Binary) -> Result<bool> {
    let mut parts = Vec::new();
    let mut cluster = Part::named("cluster");
    let began = Instant::now();
    let is_up = up(layout, Stage::Platform, binary).await;
    cluster.end(began.elapsed(), is_up);
    let is_up = cluster.is_well();
    parts.push(cluster);
    if is_up {
        let chosen = |names: Vec<String>| {
            let is_chosen =
                |name: &String| filters.is_empty() || filters.iter().any(|it| name.contains(it));
            names.into_iter().filter(is_chosen).collect::<Vec<_>>()
        };
        let scenarios = chosen(scenarios::through_the_ingress(&built.names(&built.scenarios)?)?);
        let proofs = chosen(built.names(&built.proofs)?);
        if scenarios.is_empty() && proofs.is_empty() {
            bail!("no test has one of {filters:?} in its name");
        }
        parts.push(Part::play("scenarios", layout, built, &built.scenarios, &scenarios).await);
        parts.push(Part::play("proofs", layout, built, &built.proofs, &proofs).await);
        let began = Instant::now();
        let mut audit = Part::named("audit");
        let sound = audited(layout, built).await;
        audit.end(began.elapsed(), sound);
        parts.push(audit);
    }
    let is_well = parts.iter().all(Part::is_well);
    if !is_well && node::is_up(layout)? {
        for namespace in NAMESPACES {
            println!("\n--- {namespace} ---\n{}", node::explain(layout, namespace).await);
        }
    }
    println!("\n{}", part::table(&parts));
    Ok(is_well)
}

/// After all that: nothing is broken in any store.
async fn audited(layout: &Layout, built: &Built) -> Result<()> {
    let description = ClusterDescription::read_from(&layout.description())?;
    let mut words = vec!["audit".to_owned(), "--settle".to_owned(), REST.to_owned()];
    for (context, url) in &description.databases {
        words.extend(["--database-url".to_owned(), format!("{context}={url}")]);
    }
    words.extend(["--nats-url".to_owned(), description.nats.clone()]);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let program = built.boxoffice.display().to_string();
    let said = node::output(layout, Duration::from_secs(150), &program, &words).await?;
    println!("\n{}", said.trim_end());
    Ok(())
}
