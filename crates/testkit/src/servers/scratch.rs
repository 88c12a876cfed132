//! A server's directory, and whom it belongs to.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// A directory that is gone with its handle.
#[derive(Debug)]
pub(crate) struct Scratch {
    directory: TempDir,
    owner: Option<Owner>,
}

/// The user a server runs as, when it must not run as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

// === impl Scratch ===

impl Scratch {
    pub(crate) fn new(of: &str) -> Result<Self> {
        let prefix = format!("boxoffice-{of}-");
        let directory = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir()
            .context("making a scratch directory")?;
        Ok(Self { directory, owner: None })
    }

    /// For a server that refuses to run as root: where we are root, the directory is given to somebody else.
    pub(crate) fn unprivileged(of: &str) -> Result<Self> {
        let mut scratch = Self::new(of)?;
        if fs::metadata(scratch.path())?.uid() == 0 {
            let owner = Owner::not_root()?;
            chown(scratch.path(), Some(owner.uid), Some(owner.gid))
                .context("giving a scratch directory away")?;
            scratch.owner = Some(owner);
        }
        Ok(scratch)
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn owner(&self) -> Option<Owner> {
        self.owner
    }

    /// Where the server's output goes.
    pub(crate) fn log(&self) -> PathBuf {
        self.path().join("log")
    }

    /// The end of the server's output, for an error message.
    pub(crate) fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

// === impl Owner ===

impl Owner {
    /// The first of these users this machine has.
    fn not_root() -> Result<Self> {
        let users = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
        let find = |name: &str| {
            let mut fields = users
                .lines()
                .map(|line| line.split(':'))
                .find(|line| line.clone().next() == Some(name))?;
            Some(Self { uid: fields.nth(2)?.parse().ok()?, gid: fields.next()?.parse().ok()? })
        };
        find("postgres")
            .or_else(|| find("nobody"))
            .context("neither a user postgres nor a user nobody to run as")
    }
}

/// Copies a directory with everything below it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)
                .with_context(|| format!("copying {}", entry.path().display()))?;
        }
    }
    Ok(())
}
