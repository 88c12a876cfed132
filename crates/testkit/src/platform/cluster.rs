//! The platform on Kubernetes, behind Istio: what `cargo xtask cluster` has started, as it describes itself.

mod running;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

pub use self::running::Cluster;

/// Where a running cluster describes itself, for tests.
pub const CLUSTER: &str = "BOXOFFICE_CLUSTER";

/// Nothing that is asked of a cluster takes longer, roll-outs included.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running cluster, from inside its namespaces; `BOXOFFICE_CLUSTER` names the file this is kept in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterDescription {
    /// Where everybody calls the platform: `http://istio-ingressgateway.…`, without a slash at its end.
    pub ingress: String,
    /// The administrator's.
    pub kubeconfig: PathBuf,
    /// Where kubectl, helm and istioctl lie.
    pub programs: PathBuf,
    /// The issuer's name in tokens, and where it is found.
    pub issuer: String,
    /// The private key tokens are signed with, in PEM.
    pub signing_key: PathBuf,
    /// Its id in tokens.
    pub signing_key_id: String,
    /// The database of every context, by its name.
    pub databases: BTreeMap<String, String>,
    /// The broker.
    pub nats: String,
    /// Where Jaeger is asked.
    pub jaeger: String,
    /// Where Prometheus is asked.
    pub prometheus: String,
}

// === impl ClusterDescription ===

impl ClusterDescription {
    /// The namespace the platform runs in, and the name of its release.
    pub const NAMESPACE: &str = "boxoffice";

    /// The cluster this process is to work with.
    ///
    /// # Errors
    /// There is none, or it is described in other words.
    pub fn read() -> Result<Self> {
        let file = std::env::var_os(CLUSTER).filter(|it| !it.is_empty());
        let file =
            file.with_context(|| format!("{CLUSTER} is not set: run `cargo xtask cluster test`"))?;
        Self::read_from(Path::new(&file))
    }

    /// As [`read`](Self::read), from this file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_from(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| {
            format!("reading {}: run `cargo xtask cluster test`", file.display())
        })?;
        serde_json::from_str(&text).with_context(|| format!("in {}", file.display()))
    }

    /// A program of the cluster's, such as kubectl, with the cluster's own kubeconfig; the program ends with its handle.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let own = self.programs.join(program);
        let program = if own.is_file() { own } else { PathBuf::from(program) };
        let mut command = Command::new(program);
        command.env("KUBECONFIG", &self.kubeconfig).env("PATH", self.path());
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a program of the cluster's to its end; its standard output.
    ///
    /// # Errors
    /// It does not end well; the error says how it was called, and what it said.
    pub async fn run<S: AsRef<OsStr>>(&self, program: &str, arguments: &[S]) -> Result<String> {
        let words: Vec<_> = arguments.iter().map(|it| it.as_ref().to_string_lossy()).collect();
        let said = format!("{program} {}", words.join(" "));
        let output = self.command(program).args(arguments).output();
        let output = tokio::time::timeout(PATIENCE, output).await;
        let output = output.with_context(|| format!("{said} does not end"))?;
        let output = output.with_context(|| format!("starting {said}"))?;
        if !output.status.success() {
            let words = [output.stdout, output.stderr].concat();
            bail!("{said}: {}\n{}", output.status, String::from_utf8_lossy(&words).trim_end());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn path(&self) -> std::ffi::OsString {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let own = std::iter::once(self.programs.clone());
        let all = own.chain(std::env::split_paths(&path));
        std::env::join_paths(all).unwrap_or(path)
    }

    /// Writes it where tests will look for it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))
    }
}
