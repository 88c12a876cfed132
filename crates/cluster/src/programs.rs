//! The programs of the cluster, built from source once and kept in the user's cache.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::layout::Layout;

/// Where the built programs lie.
#[derive(Debug, Clone)]
pub struct Programs {
    directory: PathBuf,
}

// === impl Programs ===

impl Programs {
    /// Builds what is missing, which takes minutes the first time.
    ///
    /// # Errors
    /// A program cannot be built.
    pub fn provide(_layout: &Layout) -> Result<Self> {
        bail!("not built yet")
    }

    /// `kubectl`, `helm`, `istioctl`, `kubelet` and the others, each under its name.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// One of them.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Istio's own Helm charts: `base`, `istio-control/istio-discovery`, `gateway`.
    #[must_use]
    pub fn charts(&self) -> PathBuf {
        self.directory.join("charts")
    }
}
