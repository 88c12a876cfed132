//! The cluster, as an operator handles it: kubectl, helm, istioctl, and what an Envoy counts.
#![expect(dead_code, reason = "each proof uses what it needs")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Deref;

use anyhow::{Context as _, Result, bail, ensure};
use boxoffice_acceptance::eventually;
use boxoffice_testkit::platform::ClusterDescription;
use serde_json::Value;
use tempfile::NamedTempFile;

/// Where the ingress gateway and the control plane are.
pub(crate) const ISTIO: &str = "istio-system";

/// The cluster under test. Whatever names no namespace is about the platform's own.
#[derive(Clone, Debug)]
pub(crate) struct Kube(ClusterDescription);

/// What was applied; it is deleted when this is dropped.
#[derive(Debug)]
pub(crate) struct Applied {
    kube: Kube,
    namespace: &'static str,
    /// `-f <file>` or `-k <directory>`.
    source: [String; 2],
    _file: Option<NamedTempFile>,
}

/// A pod that is not on its way out.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) ip: String,
    /// Every container that serves is ready.
    pub(crate) ready: bool,
    /// All of it, as Kubernetes has it.
    pub(crate) all: Value,
}

// === impl Kube ===

impl Kube {
    /// The running cluster; without one the test fails, and says what to run.
    pub(crate) fn here() -> Self {
        match ClusterDescription::read() {
            Ok(description) => Self(description),
            Err(error) => panic!("{error:#}"),
        }
    }

    /// `kubectl …`, in the platform's namespace unless the words say `-n`; its standard output.
    pub(crate) async fn kubectl(&self, words: &[&str]) -> Result<String> {
        let own = ["--namespace", ClusterDescription::NAMESPACE, "--request-timeout=60s"];
        self.run("kubectl", &[&own, words].concat()).await
    }

    /// As [`kubectl`](Self::kubectl) with `-o json`.
    pub(crate) async fn json(&self, words: &[&str]) -> Result<Value> {
        let text = self.kubectl(&[words, &["--output=json"]].concat()).await?;
        serde_json::from_str(&text).with_context(|| format!("kubectl {words:?}"))
    }

    /// `helm …`, in the platform's namespace unless the words say `-n`; its standard output.
    pub(crate) async fn helm(&self, words: &[&str]) -> Result<String> {
        self.run("helm", &[&["--namespace", ClusterDescription::NAMESPACE], words].concat()).await
    }

    /// `istioctl …`, in the platform's namespace unless the words say `-n`; its standard output.
    pub(crate) async fn istioctl(&self, words: &[&str]) -> Result<String> {
        let own = ["--namespace", ClusterDescription::NAMESPACE];
        self.run("istioctl", &[words, &own].concat()).await
    }

    /// Applies a manifest, until what this gives is dropped.
    pub(crate) async fn apply(&self, manifest: &str) -> Result<Applied> {
        self.apply_in(ClusterDescription::NAMESPACE, manifest).await
    }

    /// As [`apply`](Self::apply), in another namespace.
    pub(crate) async fn apply_in(
        &self,
        namespace: &'static str,
        manifest: &str,
    ) -> Result<Applied> {
        let mut file = NamedTempFile::with_suffix(".yaml")?;
        file.write_all(manifest.as_bytes())?;
        let path = file.path().display().to_string();
        self.apply_from(namespace, ["-f".to_owned(), path], Some(file)).await
    }

    /// Applies a file of the checkout, such as `istio/experiments/….yaml`, until what this gives is dropped.
    pub(crate) async fn apply_file(&self, path: &str) -> Result<Applied> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../").to_owned() + path;
        self.apply_from(ClusterDescription::NAMESPACE, ["-f".to_owned(), path], None).await
    }

    async fn apply_from(
        &self,
        namespace: &'static str,
        source: [String; 2],
        file: Option<NamedTempFile>,
    ) -> Result<Applied> {
        // First of all, so that what is applied by half is deleted too.
        let applied = Applied { kube: self.clone(), namespace, source, _file: file };
        let [flag, path] = &applied.source;
        self.kubectl(&["apply", "-n", namespace, flag, path]).await?;
        Ok(applied)
    }

    /// Waits until a Deployment is as it was last asked to be.
    pub(crate) async fn rolled_out(&self, deployment: &str) -> Result<()> {
        let deployment = format!("deployment/{deployment}");
        // No `--request-timeout`, which would end the watch.
        let own = ["--namespace", ClusterDescription::NAMESPACE];
        let status = ["rollout", "status", &deployment, "--timeout=180s"];
        self.run("kubectl", &[&own[..], &status].concat()).await.map(drop)
    }

    /// The pods of an app, those on their way out left aside.
    pub(crate) async fn pods(&self, app: &str) -> Result<Vec<Pod>> {
        self.pods_of(ClusterDescription::NAMESPACE, &format!("app={app}")).await
    }

    /// The pods of a namespace that these labels choose, those on their way out left aside.
    pub(crate) async fn pods_of(&self, namespace: &str, labels: &str) -> Result<Vec<Pod>> {
        let list = self.json(&["get", "pods", "-n", namespace, "-l", labels]).await?;
        let items = list["items"].as_array().context("a list has items")?;
        let here = items.iter().filter(|it| it["metadata"]["deletionTimestamp"].is_null());
        Ok(here.map(Pod::read).collect())
    }

    /// The one pod of an app, once it is ready.
    pub(crate) async fn pod(&self, app: &str) -> Pod {
        eventually(&format!("{app} has a pod that is ready"), || async {
            self.pods(app).await.ok()?.into_iter().find(|pod| pod.ready)
        })
        .await
    }

    /// The end of a container's log.
    pub(crate) async fn log(&self, pod: &str, container: &str) -> Result<String> {
        self.kubectl(&["logs", pod, "--container", container, "--tail=200"]).await
    }

    /// What a pod's Envoy counts, of the names that contain this, by their whole names.
    pub(crate) async fn envoy_stats(&self, pod: &str, part: &str) -> Result<BTreeMap<String, u64>> {
        self.envoy_stats_in(ClusterDescription::NAMESPACE, pod, part).await
    }

    /// As [`envoy_stats`](Self::envoy_stats), of a pod in another namespace, such as the ingress gateway's.
    pub(crate) async fn envoy_stats_in(
        &self,
        namespace: &str,
        pod: &str,
        part: &str,
    ) -> Result<BTreeMap<String, u64>> {
        let text = self.envoy(namespace, pod, "GET", "stats").await?;
        let counts = text.lines().filter_map(|line| line.split_once(": "));
        let counts = counts.filter(|(name, _)| name.contains(part));
        Ok(counts.filter_map(|(name, count)| Some((name.into(), count.parse().ok()?))).collect())
    }

    /// Asks a pod's Envoy at its own administration, such as `GET config_dump`.
    pub(crate) async fn envoy(
        &self,
        namespace: &str,
        pod: &str,
        method: &str,
        path: &str,
    ) -> Result<String> {
        let agent = ["--container", "istio-proxy", "--", "pilot-agent", "request", method, path];
        self.kubectl(&[&["exec", "-n", namespace, pod][..], &agent].concat()).await
    }

    /// The ingress gateway's pod.
    pub(crate) async fn gateway(&self) -> Result<Pod> {
        let pods = self.pods_of(ISTIO, "istio=ingressgateway").await?;
        pods.into_iter().find(|pod| pod.ready).context("no ingress gateway is ready")
    }
}

impl Deref for Kube {
    type Target = ClusterDescription;

    fn deref(&self) -> &ClusterDescription {
        &self.0
    }
}

// === impl Applied ===

impl Applied {
    /// Deletes it now, where that must not go wrong unheard.
    pub(crate) async fn delete(self) -> Result<()> {
        let [flag, path] = &self.source;
        let delete = ["delete", "-n", self.namespace, flag, path, "--ignore-not-found"];
        self.kube.kubectl(&delete).await.map(drop)
    }
}

impl Drop for Applied {
    fn drop(&mut self) {
        // Whoever drops this may stand in no runtime any more: it is waited for the plain way.
        let [flag, path] = &self.source;
        let words = ["--namespace", self.namespace, "--request-timeout=30s", "delete", flag, path];
        let words = words.into_iter().chain(["--ignore-not-found", "--timeout=30s"]);
        let mut command = self.kube.command("kubectl").into_std();
        match command.args(words).output() {
            Ok(output) if output.status.success() => {}
            Ok(output) => eprintln!("deleting {path}: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => eprintln!("deleting {path}: {error}"),
        }
    }
}

// === impl Pod ===

impl Pod {
    fn read(all: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let conditions = all["status"]["conditions"].as_array().into_iter().flatten();
        let ready = conditions.filter(|it| it["type"] == "Ready").any(|it| it["status"] == "True");
        Self {
            name: text(&all["metadata"]["name"]),
            ip: text(&all["status"]["podIP"]),
            ready,
            all: all.clone(),
        }
    }

    /// How often its containers were started again.
    pub(crate) fn restarts(&self) -> u64 {
        let containers = self.all["status"]["containerStatuses"].as_array().into_iter().flatten();
        containers.filter_map(|it| it["restartCount"].as_u64()).sum()
    }

    /// The platform's own process in it. We are among the node's processes, and see them all.
    pub(crate) fn process(&self) -> Result<i32> {
        let own = self.own_container().and_then(|it| it["containerID"].as_str());
        let (_, container) = own.and_then(|id| id.split_once("://")).context("it has not begun")?;
        for process in std::fs::read_dir("/proc")? {
            let process = process?;
            let Ok(number) = process.file_name().to_string_lossy().parse() else { continue };
            // Processes come and go while we look.
            let cgroup = std::fs::read_to_string(process.path().join("cgroup"));
            if cgroup.is_ok_and(|it| it.contains(container)) {
                return Ok(number);
            }
        }
        bail!("{} has no process of container {container}", self.name)
    }

    /// What it says of the platform's own container.
    pub(crate) fn own_container(&self) -> Option<&Value> {
        let containers = self.all["status"]["containerStatuses"].as_array();
        containers.into_iter().flatten().find(|it| it["name"] == "boxoffice")
    }
}

/// The platform answers at the ingress, and every pod of it is ready.
#[tokio::test]
async fn every_context_is_ready_in_a_pod_with_a_sidecar() -> Result<()> {
    let kube = Kube::here();
    for context in boxoffice_acceptance::CONTEXTS {
        let pods = kube.pods(context.as_str()).await?;
        ensure!(pods.iter().any(|pod| pod.ready), "{context}: {pods:?}");
        for pod in pods {
            let sidecar = pod.all["spec"]["initContainers"].to_string().contains("istio-proxy")
                || pod.all["spec"]["containers"].to_string().contains("istio-proxy");
            ensure!(sidecar, "{} has no sidecar", pod.name);
        }
    }
    Ok(())
}
