//! Commands in the cluster's namespaces, each of which ends in time.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::holder::Holder;
use crate::layout::Layout;

/// How much of a container's log is shown.
const TAIL: &str = "--tail=20";

/// A command to run in the namespaces, with the cluster's programs on the path and `KUBECONFIG` set.
///
/// # Errors
/// There is no cluster.
pub fn command(layout: &Layout, program: impl AsRef<OsStr>) -> Result<Command> {
    let holder = Holder::find(layout)?.context("no cluster is up: cargo xtask cluster up")?;
    holder.command(layout, program)
}

/// Becomes a command in the cluster's namespaces.
///
/// # Errors
/// There is no cluster, or no such command.
pub fn run(layout: &Layout, words: &[OsString]) -> Result<std::process::ExitCode> {
    let (program, arguments) = words.split_first().context("no command is given")?;
    let error = command(layout, program)?.args(arguments).exec();
    Err(error).context("starting nsenter")
}

/// What a command in the namespaces printed.
///
/// # Errors
/// It failed, with what it said, or has not ended in time and was killed.
pub async fn output(
    layout: &Layout,
    patience: Duration,
    program: &str,
    arguments: &[&str],
) -> Result<String> {
    let mut command = tokio::process::Command::from(command(layout, program)?);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let spoken = || format!("{program} {}", arguments.join(" "));
    let output = tokio::time::timeout(patience, command.output()).await;
    let output = output.with_context(|| format!("{}: no end after {patience:?}", spoken()))?;
    let output = output.with_context(|| format!("starting {program}"))?;
    if !output.status.success() {
        bail!("{}: {}", spoken(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What `kubectl` printed.
///
/// # Errors
/// As [`output`].
pub async fn kubectl(layout: &Layout, arguments: &[&str]) -> Result<String> {
    output(layout, Duration::from_secs(60), "kubectl", arguments).await
}

/// Gives an image to the node.
///
/// # Errors
/// containerd does not take it.
pub async fn import(layout: &Layout, image: &Path) -> Result<()> {
    let image = image.display().to_string();
    let arguments = ["images", "import", image.as_str()];
    output(layout, Duration::from_secs(120), "ctr", &arguments).await.map(drop)
}

/// What can be said of a namespace in which something is not as it should be: its pods, what happened last, and how the
/// logs of those pods end that are not ready.
pub async fn explain(layout: &Layout, namespace: &str) -> String {
    let ask = async |arguments: &[&str]| {
        let arguments = [&["--namespace", namespace], arguments].concat();
        kubectl(layout, &arguments).await.unwrap_or_else(|error| format!("{error:#}\n"))
    };
    let mut text = ask(&["get", "pods", "--output=wide"]).await;
    let events = ask(&["get", "events", "--sort-by=.lastTimestamp"]).await;
    let events = events.lines().collect::<Vec<_>>();
    text += &events[events.len().saturating_sub(15)..].join("\n");
    for pod in not_ready(&ask(&["get", "pods", "--output=json"]).await) {
        let log = ask(&["logs", &pod, "--all-containers", "--prefix", TAIL]).await;
        text += &format!("\nthe end of {pod}'s log:\n{log}");
    }
    text
}

/// The names of the pods that are neither ready nor done.
fn not_ready(pods: &str) -> Vec<String> {
    let pods = serde_json::from_str::<Value>(pods).unwrap_or_default();
    let is_well = |pod: &Value| {
        let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
        let mut ready = conditions.filter(|it| it["type"] == "Ready" && it["status"] == "True");
        pod["status"]["phase"] == "Succeeded" || ready.next().is_some()
    };
    let pods = pods["items"].as_array().into_iter().flatten().filter(|pod| !is_well(pod));
    pods.filter_map(|pod| pod["metadata"]["name"].as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_that_are_ready_or_done_need_no_explanation() {
        let pod = |name: &str, phase: &str, ready: &str| {
            serde_json::json!({
                "metadata": {"name": name},
                "status": {"phase": phase, "conditions": [{"type": "Ready", "status": ready}]},
            })
        };
        let pods = serde_json::json!({"items": [
            pod("ready", "Running", "True"),
            pod("done", "Succeeded", "False"),
            pod("unready", "Running", "False"),
            {"metadata": {"name": "pending"}, "status": {"phase": "Pending"}},
        ]});
        assert_eq!(not_ready(&pods.to_string()), ["unready", "pending"]);
        assert!(not_ready("no answer").is_empty());
    }
}
