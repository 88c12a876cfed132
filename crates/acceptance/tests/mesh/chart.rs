//! The chart, before anything runs: what it renders, what the API server says to that, and what it refuses.

mod objects;
mod refusals;
mod snapshots;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use boxoffice_acceptance::eventually_within;
use serde_json::Value;
use tempfile::NamedTempFile;

use self::objects::named;
use crate::kube::Kube;
use crate::release::{CHART, RELEASE};

/// A namespace for what is only asked about.
const NOWHERE: &str = "chart-static";

/// Its pod has to start, too.
const LONGEST_JOB: Duration = Duration::from_secs(120);

/// Every way the chart's values are meant to be put together, the number of its Deployments, and one way that says all there is to say.
const WAYS: [(&str, &[&str], usize); 5] = [
    ("single", &[], 1),
    ("fleet", &["fleet"], 9),
    ("dev", &["fleet", "dev"], 9),
    ("prod", &["fleet", "prod"], 9),
    ("everything", &["fleet", "../../crates/acceptance/tests/mesh/chart/everything"], 10),
];

/// The table of values files, as arguments; a fleet has an issuer, too.
fn values(files: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for file in files {
        words.extend(["--values".to_owned(), format!("{CHART}/../values/{file}.yaml")]);
    }
    if !files.is_empty() {
        words.extend(["--set".to_owned(), "identity.issuer=https://issuer.example".to_owned()]);
    }
    words
}

// === impl Kube: the chart ===

impl Kube {
    /// `helm template`, with the values files named, and these words.
    async fn template(&self, files: &[&str], words: &[&str]) -> Result<String> {
        let files = values(files);
        let own = ["template", RELEASE, CHART, "--namespace", NOWHERE];
        let own = own.into_iter().chain(files.iter().map(String::as_str));
        self.run("helm", &own.chain(words.iter().copied()).collect::<Vec<_>>()).await
    }

    /// A template of the platform's release, with the values it was installed with.
    async fn as_installed(&self, words: &[&str]) -> Result<String> {
        let mut file = NamedTempFile::with_suffix(".json")?;
        let values = self.helm(&["get", "values", RELEASE, "--output=json"]).await?;
        file.write_all(values.as_bytes())?;
        let values = file.path().display().to_string();
        let own = ["template", RELEASE, CHART, "--values", &values];
        self.helm(&[&own[..], words].concat()).await
    }

    /// Waits for the end of a Job; its log.
    async fn ends_well(&self, job: &str) -> Result<String> {
        let what = format!("the job {job} ends");
        let status = eventually_within(LONGEST_JOB, &what, || async {
            let status = self.json(&["get", "job", job]).await.ok()?["status"].take();
            let ended = status["succeeded"].is_u64() || status["failed"].is_u64();
            ended.then_some(status)
        });
        let status = status.await;
        let said = self.kubectl(&["logs", &format!("job/{job}"), "--tail=20"]).await?;
        ensure!(status["succeeded"].is_u64(), "{job}: {status}\n{said}");
        Ok(said)
    }
}

#[tokio::test]
async fn lint_finds_nothing_in_any_way_to_install_it() -> Result<()> {
    let kube = Kube::here();
    for (way, files, _) in WAYS {
        let files = values(files);
        let own = ["lint", "--strict", "--quiet", CHART].map(str::to_owned);
        let said = kube.run("helm", &own.into_iter().chain(files).collect::<Vec<_>>()).await?;
        ensure!(said.trim().is_empty(), "{way}: {said}");
    }
    Ok(())
}

/// OPS-11, and what keeps a pod from doing harm: the server's own strict validation, its defaults, and the Pod Security Standard `restricted`.
#[tokio::test]
async fn the_server_takes_all_of_it_and_every_pod_is_restricted_probed_and_bounded() -> Result<()> {
    let kube = Kube::here();
    let namespace = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {NOWHERE}, labels: \
         {{pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/warn: restricted}}}}\n\
         ---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: boxoffice-test, namespace: {NOWHERE}}}\n"
    );
    let namespace = kube.apply_in(NOWHERE, &namespace).await?;
    for (way, files, deployments) in WAYS {
        let objects = kube.accepted(&kube.template(files, &[]).await?).await;
        let objects = objects.with_context(|| way.to_owned())?;
        ensure!(
            objects.of("Deployment").count() == deployments,
            "{way}: {deployments} Deployments"
        );
        for deployment in objects.of("Deployment") {
            bounded(deployment).with_context(|| format!("{way}: {}", named(deployment)))?;
            probed(deployment).with_context(|| format!("{way}: {}", named(deployment)))?;
        }
    }
    namespace.delete().await
}

/// OPS-11. `dev` alone asks for less.
fn bounded(deployment: &Value) -> Result<()> {
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let cpu = |which: &str| container["resources"][which]["cpu"].as_str();
    ensure!(
        matches!(cpu("requests"), Some("200m" | "250m" | "50m")),
        "asks for {:?}",
        cpu("requests")
    );
    ensure!(cpu("limits") == Some("500m"), "takes up to {:?}", cpu("limits"));
    let secure = &container["securityContext"];
    ensure!(secure["readOnlyRootFilesystem"] == true, "writes where it likes: {secure}");
    ensure!(pod["automountServiceAccountToken"] == false, "has a token for the API server");
    Ok(())
}

fn probed(deployment: &Value) -> Result<()> {
    let template = &deployment["spec"]["template"];
    let container = &template["spec"]["containers"][0];
    let asks = |probe: &str| container[probe]["grpc"]["service"].as_str();
    let probes = ["startupProbe", "readinessProbe", "livenessProbe"].map(asks);
    ensure!(probes == [Some(""), Some(""), Some("liveness")], "asks {probes:?}");
    let seconds = |value: &Value| value.as_u64().unwrap_or_default();
    let drain = seconds(&container["lifecycle"]["preStop"]["sleep"]["seconds"]);
    let all = seconds(&template["spec"]["terminationGracePeriodSeconds"]);
    ensure!(drain > 0 && all > drain + 20, "{all} s to end are too few for {drain} s of draining");
    let labels = &template["metadata"]["labels"];
    ensure!(labels["app"].is_string() && labels["version"].is_string(), "Kiali reads {labels}");
    Ok(())
}

/// The mesh moves with the platform: another namespace, another issuer, and nothing of the first is left.
#[tokio::test]
async fn elsewhere_the_mesh_is_about_that_namespace_and_issuer() -> Result<()> {
    let kube = Kube::here();
    let issuer = "identity.issuer=http://id.login.svc.cluster.local";
    let words = ["--set", "istio.enabled=true", "--set", issuer];
    let text = kube
        .template(&["fleet"], &[&words[..], &["--show-only", "templates/istio.yaml"]].concat())
        .await?;
    let objects = kube.read(&text).await?;
    for object in &objects.0 {
        let spec = object["spec"].to_string();
        for first in
            ["boxoffice.svc", "ns/boxoffice/", "\"boxoffice/", "[\"boxoffice\"]", "issuer.example"]
        {
            ensure!(!spec.contains(first), "{} still says {first}: {spec}", named(object));
        }
        let at = object["metadata"]["namespace"].as_str();
        ensure!(matches!(at, Some(NOWHERE | "istio-system")), "{} is in {at:?}", named(object));
    }
    // An issuer in the cluster has a Service, and needs no entry.
    ensure!(objects.of("ServiceEntry").all(|it| it["metadata"]["name"] != "boxoffice-issuer"));
    Ok(())
}

#[tokio::test]
async fn a_context_that_is_left_out_is_in_nobodys_way() -> Result<()> {
    let kube = Kube::here();
    let words = ["--set", "contexts.review.enabled=false,istio.enabled=true"];
    let objects = kube.read(&kube.template(&["fleet"], &words).await?).await?;
    let names: BTreeSet<_> = objects.0.iter().map(named).collect();
    ensure!(names.contains("Deployment/booking"), "{names:?}");
    let about = names.iter().find(|name| name.contains("review"));
    ensure!(about.is_none(), "there is {about:?}");
    let migrates = objects.of("Job").next().context("a Job")?.to_string();
    ensure!(!migrates.contains("review"), "{migrates}");
    Ok(())
}

/// OPS-12: where they differ, a reason stands beside it, in both.
#[test]
fn development_and_production_differ_only_for_a_reason() {
    let read = |name| std::fs::read_to_string(format!("{CHART}/../values/{name}.yaml")).unwrap();
    let (dev, prod) = (read("dev"), read("prod"));
    let key = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
    let settings = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let (dev, prod) = (settings(&dev), settings(&prod));
    assert_eq!(dev.len(), prod.len(), "one of them has more lines");
    for (dev, prod) in dev.iter().zip(&prod) {
        assert_eq!(key(dev), key(prod), "both say the same things in the same order");
        let reasoned = [dev, prod].iter().all(|line| line.contains(" # "));
        assert!(dev == prod || reasoned, "no reason beside `{dev}` and `{prod}`");
    }
}

#[tokio::test]
async fn the_chart_installs_the_version_it_lies_beside() -> Result<()> {
    let chart = Kube::here().run("helm", &["show", "chart", CHART]).await?;
    let version = format!("appVersion: {}\n", env!("CARGO_PKG_VERSION"));
    ensure!(chart.contains(&version), "{chart}");
    Ok(())
}

/// Two at once, against databases that are up to date: neither breaks anything, and both end well.
#[tokio::test]
async fn migrations_may_run_twice_and_at_once() -> Result<()> {
    let kube = Kube::here();
    let job = kube.as_installed(&["--show-only", "templates/migrate.yaml"]).await?;
    let called = |name: &str| job.replace("name: boxoffice-migrate", &format!("name: {name}"));
    let both = format!("{}\n---\n{}", called("migrate-once"), called("migrate-twice"));
    let jobs = kube.apply(&both).await?;
    for name in ["migrate-once", "migrate-twice"] {
        kube.ends_well(name).await?;
    }
    jobs.delete().await
}

/// Its Job goes with it.
#[tokio::test]
async fn the_nightly_audit_reaches_all_stores() -> Result<()> {
    let kube = Kube::here();
    let never = ["--set", "audit.schedule=0 0 31 2 *", "--show-only", "templates/audit.yaml"];
    let nightly = kube.apply(&kube.as_installed(&never).await?).await?;
    kube.kubectl(&["create", "job", "audit", "--from=cronjob/boxoffice-audit"]).await?;
    let said = kube.ends_well("audit").await?;
    ensure!(said.contains("audit: 0 broken"), "{said}");
    nightly.delete().await
}

#[tokio::test]
async fn helm_test_finds_every_context_serving() -> Result<()> {
    let said = Kube::here().helm(&["test", RELEASE, "--logs", "--timeout=90s"]).await?;
    for context in boxoffice_acceptance::CONTEXTS {
        let host = format!("http://{context}.{RELEASE}.svc");
        let line = said.lines().find(|line| line.contains(&host));
        ensure!(line.is_some(), "nobody asked {context}: {said}");
    }
    Ok(())
}
