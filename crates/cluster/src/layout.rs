//! Where everything of one cluster lies.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

/// The directories and files of one cluster. Another `BOXOFFICE_CLUSTER_DIR` is another cluster.
#[derive(Debug, Clone)]
pub struct Layout {
    checkout: PathBuf,
    target: PathBuf,
    state: PathBuf,
}

// === impl Layout ===

impl Layout {
    /// Looks where the environment says: `BOXOFFICE_CLUSTER_DIR`, else `cluster` in what cargo builds.
    ///
    /// # Errors
    /// The checkout this was built from is gone.
    pub fn find() -> Result<Self> {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let target = setting("CARGO_TARGET_DIR")
            .map_or_else(|| checkout.join("target"), |dir| checkout.join(dir));
        let state = setting("BOXOFFICE_CLUSTER_DIR")
            .map_or_else(|| target.join("cluster"), |dir| checkout.join(dir));
        Ok(Self { checkout, target, state })
    }

    /// One whose state lies there.
    #[cfg(test)]
    pub(crate) fn at(state: &Path) -> Result<Self> {
        Ok(Self { state: state.to_owned(), ..Self::find()? })
    }

    /// The checkout.
    #[must_use]
    pub fn checkout(&self) -> &Path {
        &self.checkout
    }

    /// The cargo that runs us, from the checkout.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = Command::new(setting("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.checkout);
        cargo
    }

    /// What cargo builds.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Everything of this cluster; the rest lies below.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Keys and certificates.
    #[must_use]
    pub fn pki(&self) -> PathBuf {
        self.state.join("pki")
    }

    /// Settings of the node's programs, and their kubeconfigs.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.state.join("config")
    }

    /// The kubeconfig of who may do everything.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.config().join("admin.conf")
    }

    /// One log per program.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.state.join("log")
    }

    /// Sockets, process ids and data: worth nothing once the cluster is down.
    #[must_use]
    pub fn run(&self) -> PathBuf {
        self.state.join("run")
    }

    /// The images the node starts with, as tar files.
    #[must_use]
    pub fn images(&self) -> PathBuf {
        self.state.join("images")
    }

    /// A link to the programs this cluster was booted with.
    #[must_use]
    pub fn bin(&self) -> PathBuf {
        self.state.join("bin")
    }

    /// Held by who boots it.
    #[must_use]
    pub(crate) fn lock(&self) -> PathBuf {
        self.state.join("lock")
    }

    /// What tests read of the running cluster.
    #[must_use]
    pub fn description(&self) -> PathBuf {
        self.state.join("cluster.json")
    }
}

/// An environment variable that is set to something.
fn setting(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
