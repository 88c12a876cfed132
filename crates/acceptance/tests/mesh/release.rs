//! The platform's release, upgraded for a while.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::kube::Kube;

/// The release's name, in the namespace of the same name.
pub(crate) const RELEASE: &str = "boxoffice";

/// Where its chart lies.
pub(crate) const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../helm/boxoffice");

/// Longer than any of our roll-outs.
const PATIENCE: &str = "--timeout=150s";

/// What a proof patched and put back with kubectl is the chart's again.
const OURS: &str = "--force-conflicts";

/// What was upgraded; it is rolled back when this is dropped.
#[derive(Debug)]
pub(crate) struct Upgraded {
    kube: Kube,
    /// The revision that was deployed before.
    before: Option<String>,
}

// === impl Kube: the release ===

impl Kube {
    /// `helm upgrade` with these values besides those in force, until what this gives is dropped. Waits for no pod.
    pub(crate) async fn upgrade(&self, values: &Value) -> Result<Upgraded> {
        let mut file = NamedTempFile::with_suffix(".json")?;
        file.write_all(values.to_string().as_bytes())?;
        let values = file.path().display().to_string();
        let before = self.helm(&["status", RELEASE, "--output=json"]).await?;
        let before: Value = serde_json::from_str(&before)?;
        let before = before["version"].as_u64().context("a release has a version")?;
        // First of all, so that what goes wrong on the way is rolled back too.
        let upgraded = Upgraded { kube: self.clone(), before: Some(before.to_string()) };
        let upgrade = [
            "upgrade",
            RELEASE,
            CHART,
            "--reset-then-reuse-values",
            "--values",
            &values,
            PATIENCE,
            OURS,
        ];
        self.helm(&upgrade).await?;
        Ok(upgraded)
    }
}

// === impl Upgraded ===

impl Upgraded {
    /// It is not rolled back.
    pub(crate) fn stay(mut self) {
        self.before = None;
    }

    /// `helm rollback`, and waits until every pod is as before.
    pub(crate) async fn roll_back(mut self) -> Result<()> {
        let before = self.before.take().context("nobody has rolled it back")?;
        self.kube.helm(&["rollback", RELEASE, &before, "--wait", PATIENCE, OURS]).await.map(drop)
    }
}

impl Drop for Upgraded {
    fn drop(&mut self) {
        // Its test has failed; the next one begins where this one did.
        let Some(before) = self.before.take() else { return };
        let mut command = self.kube.command("helm").into_std();
        let own = ["--namespace", RELEASE, "rollback", RELEASE, &before, "--wait", PATIENCE, OURS];
        match command.args(own).output() {
            Ok(output) if output.status.success() => {}
            Ok(output) => eprintln!("rolling back: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => eprintln!("rolling back: {error}"),
        }
    }
}
