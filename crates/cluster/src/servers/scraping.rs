//! What Prometheus scrapes: every pod of the platform, and every Envoy. The distribution's Prometheus does not know
//! Kubernetes: a file tells it which pods there are.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

/// The ports that are scraped by their names, the job each belongs to, and the path there.
const PORTS: [(&str, &str, &str); 2] =
    [("http-metrics", "boxoffice", "/metrics"), ("http-envoy-prom", "envoy", "/stats/prometheus")];

/// How often we look which pods there are, and how often each is scraped.
const EVERY: Duration = Duration::from_secs(5);

/// Where the targets stand.
pub(super) struct Targets(PathBuf);

// === impl Targets ===

impl Targets {
    pub(super) fn in_file(file: PathBuf) -> Result<Self> {
        let targets = Self(file);
        targets.write(&json!([]))?;
        Ok(targets)
    }

    /// How Prometheus finds them. A job is a label of its targets.
    pub(super) fn configuration(&self) -> Value {
        let every = format!("{}s", EVERY.as_secs());
        json!({
            "global": {"scrape_interval": every, "scrape_timeout": "4s"},
            "scrape_configs": [
                {"job_name": "pods", "file_sd_configs": [{"files": [self.0], "refresh_interval": every}]},
            ],
        })
    }

    /// Keeps them up to date for as long as it is waited for.
    pub(super) async fn follow(&self) -> ! {
        loop {
            // The API server may be away for a moment: what is known is good until then.
            if let Err(error) = self.look().await {
                eprintln!("looking which pods there are: {error:#}");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn look(&self) -> Result<()> {
        let mut kubectl = Command::new("kubectl");
        kubectl.args(["get", "pods", "--all-namespaces", "--output=json"]).kill_on_drop(true);
        let pods = tokio::time::timeout(4 * EVERY, kubectl.output()).await??;
        ensure!(pods.status.success(), "{}", String::from_utf8_lossy(&pods.stderr));
        let targets = serde_json::from_slice(&pods.stdout).map(|pods| targets(&pods))?;
        self.write(&targets)
    }

    /// By a rename: Prometheus never reads half of it.
    fn write(&self, targets: &Value) -> Result<()> {
        let fresh = self.0.with_extension("fresh");
        fs::write(&fresh, targets.to_string())?;
        rename(&fresh, &self.0)
    }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("writing {}", to.display()))
}

/// One for each port that is scraped, of each pod that runs.
fn targets(pods: &Value) -> Value {
    let mut targets = Vec::new();
    for pod in pods["items"].as_array().into_iter().flatten() {
        let Some(ip) =
            pod["status"]["podIP"].as_str().filter(|_| pod["status"]["phase"] == "Running")
        else {
            continue;
        };
        let containers = ["containers", "initContainers"].map(|kind| &pod["spec"][kind]);
        let containers = containers.into_iter().filter_map(Value::as_array).flatten();
        let ports = containers.filter_map(|it| it["ports"].as_array()).flatten();
        for port in ports {
            let known = PORTS.iter().find(|(name, _, _)| port["name"] == *name);
            if let Some((_, job, path)) = known {
                let mut labels = json!({
                    "job": job,
                    "__metrics_path__": path,
                    "namespace": pod["metadata"]["namespace"],
                    "pod": pod["metadata"]["name"],
                });
                for label in ["app", "version"] {
                    if let Some(value) = pod["metadata"]["labels"][label].as_str() {
                        labels[label] = value.into();
                    }
                }
                let address = format!("{ip}:{}", port["containerPort"]);
                targets.push(json!({"targets": [address], "labels": labels}));
            }
        }
    }
    Value::Array(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_pod_is_scraped_at_its_own_port_and_its_sidecars() {
        let pod = |phase: &str| {
            json!({
                "metadata": {"namespace": "boxoffice", "name": "catalog-1", "labels": {"app": "catalog"}},
                "spec": {
                    "containers": [{"ports": [
                        {"name": "grpc", "containerPort": 8080},
                        {"name": "http-metrics", "containerPort": 9464},
                    ]}],
                    "initContainers": [{}, {"ports": [{"name": "http-envoy-prom", "containerPort": 15090}]}],
                },
                "status": {"phase": phase, "podIP": "10.244.0.7"},
            })
        };
        let targets = targets(&json!({"items": [pod("Running"), pod("Succeeded")]}));
        let addresses: Vec<_> =
            targets.as_array().unwrap().iter().map(|it| it["targets"][0].clone()).collect();
        assert_eq!(addresses, ["10.244.0.7:9464", "10.244.0.7:15090"]);
        assert_eq!(targets[0]["labels"]["job"], "boxoffice");
        assert_eq!(targets[1]["labels"]["__metrics_path__"], "/stats/prometheus");
        assert_eq!(targets[1]["labels"]["app"], "catalog");
    }
}
