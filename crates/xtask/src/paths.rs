//! Where things lie: the checkout, what cargo builds, the tools that survive a run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The directories every command starts from.
#[derive(Debug)]
pub(crate) struct Paths {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// What cargo builds.
    pub(crate) target: PathBuf,
    /// Installed tools, one directory per tool and version, shared by every checkout of this user.
    pub(crate) cache: PathBuf,
}

// === impl Paths ===

impl Paths {
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let target =
            setting("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        let cache =
            cache_dir().context("neither BOXOFFICE_CACHE, XDG_CACHE_HOME nor HOME is set")?;
        Ok(Self { root, target, cache: cache.join("bin") })
    }

    /// Links to every installed tool, handed to the tests as `BOXOFFICE_TOOLS`.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The binary the acceptance tests start, handed to them as `BOXOFFICE_BIN`.
    pub(crate) fn boxoffice(&self) -> PathBuf {
        self.target.join("debug/boxoffice")
    }

    /// A command run from the root of the checkout, knowing where the tools and the binary are. What the cargo that runs us
    /// says about our own crate is not for another cargo to hear, whoever starts it: some build scripts would run again for that.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("BOXOFFICE_TOOLS", self.tools())
            .env("BOXOFFICE_BIN", self.boxoffice());
        for (name, _) in std::env::vars_os() {
            let ours = ["CARGO_MANIFEST_", "CARGO_PKG_"];
            if ours.iter().any(|it| name.to_string_lossy().starts_with(it)) {
                command.env_remove(name);
            }
        }
        command
    }

    /// The cargo that runs us, from the root of the checkout.
    pub(crate) fn cargo(&self) -> Command {
        self.command(setting("CARGO").unwrap_or_else(|| "cargo".into()))
    }
}

/// The same rule as `boxoffice_testkit::servers::Tools`.
fn cache_dir() -> Option<PathBuf> {
    let own = setting("BOXOFFICE_CACHE").map(PathBuf::from);
    let xdg = || setting("XDG_CACHE_HOME").map(|dir| Path::new(&dir).join("boxoffice"));
    let home = || setting("HOME").map(|dir| Path::new(&dir).join(".cache/boxoffice"));
    own.or_else(xdg).or_else(home)
}

/// An environment variable that is set to something.
fn setting(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
