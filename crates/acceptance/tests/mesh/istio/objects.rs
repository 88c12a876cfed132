//! Istio's objects, as files say them: those of istio/ by kustomize, those of the chart by helm.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use boxoffice_testkit::platform::ClusterDescription;
use serde_json::{Deserializer, Value};
use tempfile::{NamedTempFile, TempDir};

use crate::kube::Kube;
use crate::release::{CHART, RELEASE};

/// The placeholder of istio/, which the chart replaces.
const ISSUER: &str = "identity.issuer=https://issuer.example";

/// What kind of object it is, its namespace and its name.
type Key = (String, String, String);

/// Each object's `spec`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Objects(BTreeMap<Key, Value>);

/// A file of the checkout.
pub(super) fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The whole chart with the mesh, each context by itself, and these values besides.
pub(super) async fn chart(kube: &Kube, set: &[&str]) -> Result<String> {
    let values = file("helm/values/fleet.yaml").display().to_string();
    let mut words = vec!["template", RELEASE, CHART, "--values", &values];
    for value in ["istio.enabled=true", ISSUER].iter().chain(set) {
        words.extend(["--set", value]);
    }
    kube.helm(&words).await
}

/// A copy of istio/ whose kustomization says this besides; it is gone with what this gives.
pub(super) fn overlaid(more: &str) -> Result<TempDir> {
    let copy = TempDir::new()?;
    copy_all(&file("istio"), copy.path())?;
    let kustomization = copy.path().join("kustomization.yaml");
    let before = fs::read_to_string(&kustomization)?;
    fs::write(kustomization, before + more)?;
    Ok(copy)
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&to)?;
            copy_all(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

// === impl Objects ===

impl Objects {
    /// What `kubectl apply -k` would apply.
    pub(super) async fn kustomized(kube: &Kube, directory: &Path) -> Result<Self> {
        Self::read(kube, &kube.kubectl(&["kustomize", &directory.display().to_string()]).await?)
            .await
    }

    /// What of it is Istio's.
    pub(super) async fn read(kube: &Kube, manifest: &str) -> Result<Self> {
        let mut file = NamedTempFile::with_suffix(".yaml")?;
        file.write_all(manifest.as_bytes())?;
        let path = file.path().display().to_string();
        let create = ["create", "--dry-run=client", "--validate=false", "--output=json"];
        // The objects name their namespaces, which need not be ours.
        let all = kube.run("kubectl", &[&create[..], &["-f", &path]].concat()).await?;
        let mut objects = BTreeMap::new();
        for object in Deserializer::from_str(&all).into_iter::<Value>() {
            let object = object?;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (kind, metadata) = (text(&object["kind"]), &object["metadata"]);
            if text(&object["apiVersion"]).contains(".istio.io/") {
                let key = (kind, text(&metadata["namespace"]), text(&metadata["name"]));
                objects.insert(key, object["spec"].clone());
            }
        }
        Ok(Self(objects))
    }

    /// All of a kind, by name.
    pub(super) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let ours = self.0.iter().filter(move |((its, _, _), _)| its == kind);
        ours.map(|((_, _, name), spec)| (name.as_str(), spec))
    }

    /// One of our own namespace.
    pub(super) fn get(&self, kind: &str, name: &str) -> Option<&Value> {
        let namespace = ClusterDescription::NAMESPACE.to_owned();
        self.0.get(&(kind.to_owned(), namespace, name.to_owned()))
    }

    /// Which are not the same in both.
    pub(super) fn unlike(&self, other: &Self) -> Vec<String> {
        let keys = self.0.keys().chain(other.0.keys());
        let mut unlike: Vec<_> = keys
            .filter(|key| self.0.get(key) != other.0.get(key))
            .map(|(kind, namespace, name)| format!("{kind} {namespace}/{name}"))
            .collect();
        unlike.sort();
        unlike.dedup();
        unlike
    }
}
