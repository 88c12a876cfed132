//! What a manifest describes, as the API server reads it.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::kube::Kube;

/// Objects of a manifest, by kind and name.
#[derive(Debug)]
pub(super) struct Objects(pub(super) Vec<Value>);

/// `Deployment/booking`.
pub(super) fn named(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{}/{}", text(&object["kind"]), text(&object["metadata"]["name"]))
}

// === impl Objects ===

impl Objects {
    pub(super) fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |object| object["kind"] == kind)
    }

    /// From the lists or objects that kubectl prints one after another.
    fn parse(json: &str) -> Result<Self> {
        let mut objects = Vec::new();
        for value in serde_json::Deserializer::from_str(json).into_iter::<Value>() {
            let mut value = value.context("what kubectl prints")?;
            if let Value::Array(items) = value["items"].take() {
                objects.extend(items);
            } else {
                objects.push(value);
            }
        }
        objects.sort_by_key(|it| (named(it), it["metadata"]["namespace"].to_string()));
        Ok(Self(objects))
    }
}

// === impl Kube: manifests ===

impl Kube {
    /// The objects of a manifest as it stands.
    pub(super) async fn read(&self, manifest: &str) -> Result<Objects> {
        self.asked("create", &["--dry-run=client", "--validate=false"], manifest).await
    }

    /// What the server would make of a manifest; an unknown field, a wrong value or a warning is an error.
    pub(super) async fn accepted(&self, manifest: &str) -> Result<Objects> {
        // Kinds of the Prometheus operator's are not in the cluster: snapshots hold them, and promtool has tested their
        // rules. Istio warns of whatever is an EnvoyFilter.
        let left = ["\napiVersion: monitoring.coreos.com/", "\nkind: EnvoyFilter\n"];
        let known = |it: &&str| !left.iter().any(|left| it.contains(left));
        let known: Vec<_> = manifest.split("\n---\n").filter(known).collect();
        let strictly = ["--validate=strict", "--warnings-as-errors"];
        let how = ["--dry-run=server", "--server-side", "--force-conflicts"];
        self.asked("apply", &[&how[..], &strictly].concat(), &known.join("\n---\n")).await
    }

    async fn asked(&self, verb: &str, how: &[&str], manifest: &str) -> Result<Objects> {
        let mut file = NamedTempFile::with_suffix(".yaml")?;
        file.write_all(manifest.as_bytes())?;
        let path = file.path().display().to_string();
        let own = [verb, "--output=json", "--filename", &path];
        Objects::parse(&self.run("kubectl", &[&own[..], how].concat()).await?)
    }
}
