//! What is changed for the length of one proof, and put back however it ends.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use boxoffice_testkit::platform::ClusterDescription;
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::kube::Kube;

/// An object of the platform's namespace that was changed; it is as before when this is dropped.
#[derive(Debug)]
pub(crate) struct Changed {
    kube: Kube,
    before: NamedTempFile,
}

// === impl Changed ===

impl Changed {
    /// Changes an object, such as `virtualservice/payment`, by a JSON patch.
    pub(crate) async fn by(kube: &Kube, object: &str, patch: &Value) -> Result<Self> {
        Self::patched(kube, object, &format!("--patch={patch}")).await
    }

    /// Changes an object by a patch in a file of the checkout, such as `istio/experiments/….yaml`.
    pub(crate) async fn by_file(kube: &Kube, object: &str, path: &str) -> Result<Self> {
        let checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
        Self::patched(kube, object, &format!("--patch-file={checkout}{path}")).await
    }

    async fn patched(kube: &Kube, object: &str, patch: &str) -> Result<Self> {
        let changed = Self::keep(kube, object).await?;
        kube.kubectl(&["patch", object, "--type=json", patch]).await?;
        Ok(changed)
    }

    /// Puts it back now, where that must not go wrong unheard.
    pub(crate) async fn put_back(self) -> Result<()> {
        let path = self.before.path().display().to_string();
        self.kube.kubectl(&["replace", "-f", &path]).await.map(drop)
    }

    async fn keep(kube: &Kube, object: &str) -> Result<Self> {
        let mut all = kube.json(&["get", object]).await?;
        let metadata = all["metadata"].as_object_mut().context("an object has metadata")?;
        // Whatever it is by then, it becomes what it was.
        metadata.retain(|key, _| !["resourceVersion", "managedFields"].contains(&key.as_str()));
        let mut before = NamedTempFile::with_suffix(".json")?;
        write!(before, "{all}")?;
        Ok(Self { kube: kube.clone(), before })
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        let own = ["--namespace", ClusterDescription::NAMESPACE, "--request-timeout=30s"];
        let mut command = self.kube.command("kubectl").into_std();
        match command.args(own).args(["replace", "-f"]).arg(self.before.path()).output() {
            Ok(output) if output.status.success() => {}
            Ok(output) => eprintln!("putting back: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => eprintln!("putting back: {error}"),
        }
    }
}
