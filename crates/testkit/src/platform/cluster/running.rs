//! The platform that runs on a cluster, called from outside through its ingress.

use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Result, bail};
use async_trait::async_trait;
use boxoffice_kernel::Context;

use super::ClusterDescription;
use crate::clients::Issuer;
use crate::platform::{CONTEXTS, Output, Platform, Said, Topology, boxoffice, streams};

/// Pods, and servers beside them. Whoever wants more of them than [`Platform`] has asks kubectl.
#[derive(Debug)]
pub struct Cluster {
    description: ClusterDescription,
    issuer: Issuer,
}

// === impl Cluster ===

impl Cluster {
    /// The one that `BOXOFFICE_CLUSTER` describes.
    ///
    /// # Errors
    /// There is none.
    pub fn running() -> Result<Self> {
        let description = ClusterDescription::read()?;
        let ClusterDescription { issuer, signing_key, signing_key_id, .. } = &description;
        let issuer = Issuer::of(issuer, signing_key_id, signing_key)?;
        Ok(Self { description, issuer })
    }

    async fn kubectl(&self, words: &[&str]) -> Result<()> {
        let own = ["--namespace", ClusterDescription::NAMESPACE];
        self.description.run("kubectl", &[&own, words].concat()).await.map(drop)
    }
}

#[async_trait]
impl Platform for Cluster {
    fn topology(&self) -> Topology {
        Topology::Fleet
    }

    fn url(&self, _: Context) -> String {
        self.description.ingress.clone()
    }

    fn replica_url(&self, _: Context) -> Option<String> {
        None
    }

    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    async fn peak_memory(&self, _: Context) -> Result<u64> {
        bail!("a pod's memory is not known here")
    }

    async fn stop(&self, _: Context) -> Result<ExitStatus> {
        bail!("a pod that has ended is started again, whatever its status")
    }

    async fn start(&self, context: Context) -> Result<()> {
        let deployment = format!("deployment/{context}");
        self.kubectl(&["scale", &deployment, "--replicas=1"]).await?;
        self.kubectl(&["rollout", "status", &deployment, "--timeout=180s"]).await
    }

    async fn kill(&self, context: Context) -> Result<()> {
        let pods = format!("app={context}");
        self.kubectl(&["delete", "pod", "--selector", &pods, "--grace-period=0", "--force"]).await
    }

    async fn abort_at(&self, _: Context, _: &str) -> Result<()> {
        bail!("pods run with the flags of their release")
    }

    async fn ended(&self, _: Context) -> Result<ExitStatus> {
        bail!("a pod that has ended is started again, whatever its status")
    }

    async fn restart_with(&self, _: Context, _: &[(&str, &str)]) -> Result<()> {
        bail!("pods run with the flags of their release")
    }

    async fn down(&self, context: Context) -> Result<()> {
        let (deployment, pods) = (format!("deployment/{context}"), format!("app={context}"));
        self.kubectl(&["scale", &deployment, "--replicas=0"]).await?;
        self.kubectl(&["wait", "--for=delete", "pod", "--selector", &pods, "--timeout=90s"]).await
    }

    async fn slow(&self, _: Context, _: Duration) -> Result<()> {
        bail!("on a cluster the mesh delays: see istio/experiments")
    }

    async fn hang(&self, _: Context) -> Result<()> {
        bail!("on a cluster the mesh delays: see istio/experiments")
    }

    async fn heal(&self, context: Context) -> Result<()> {
        self.start(context).await
    }

    async fn broker_down(&self) -> Result<()> {
        bail!("the broker is not the platform's")
    }

    async fn broker_up(&self) -> Result<()> {
        bail!("the broker is not the platform's")
    }

    async fn broker_keep(&self) -> Result<()> {
        bail!("the broker is not the platform's")
    }

    async fn broker_set_back(&self) -> Result<()> {
        bail!("the broker is not the platform's")
    }

    async fn said(&self, context: Context) -> Result<Vec<Said>> {
        streams::of_nats(&self.description.nats, context).await
    }

    async fn operate(&self, command: &[&str]) -> Result<Output> {
        let mut arguments: Vec<String> = command.iter().map(|it| (*it).to_owned()).collect();
        for context in CONTEXTS {
            let url = &self.description.databases[context.as_str()];
            arguments.extend(["--database-url".to_owned(), format!("{context}={url}")]);
        }
        arguments.extend(["--nats-url".to_owned(), self.description.nats.clone()]);
        boxoffice(Path::new("/"), &arguments).await
    }

    fn last_words(&self) -> String {
        let pods = ["get", "pods", "--output=wide"];
        let logs = ["logs", "--selector=app.kubernetes.io/name=boxoffice", "--container=boxoffice"];
        let logs = [&logs[..], &["--prefix", "--tail=20", "--max-log-requests=30"]].concat();
        let mut words = String::new();
        for command in [&pods[..], &logs] {
            let mut kubectl = self.description.command("kubectl").into_std();
            kubectl.args(["--namespace", ClusterDescription::NAMESPACE, "--request-timeout=30s"]);
            match kubectl.args(command).output() {
                Ok(output) => words += &String::from_utf8_lossy(&output.stdout),
                Err(error) => words += &format!("kubectl: {error}\n"),
            }
        }
        words
    }
}
