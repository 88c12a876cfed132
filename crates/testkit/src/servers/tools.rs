//! Where the installed tools are.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The versions pinned for this checkout.
const PINNED: &str = include_str!("../../../../tools.toml");

/// The programs `cargo xtask setup` installed: looked for among `BOXOFFICE_TOOLS` (a directory of links), in the
/// cache (`BOXOFFICE_CACHE`, else `boxoffice` under `XDG_CACHE_HOME` or `~/.cache`), then on the `PATH`.
#[derive(Debug, Clone)]
pub struct Tools {
    links: Option<PathBuf>,
    cache: Option<PathBuf>,
    path: Vec<PathBuf>,
}

// === impl Tools ===

impl Tools {
    /// Looks where the environment says.
    #[must_use]
    pub fn find() -> Self {
        let own = setting("BOXOFFICE_CACHE").map(PathBuf::from);
        let xdg =
            || setting("XDG_CACHE_HOME").map(|directory| Path::new(&directory).join("boxoffice"));
        let home =
            || setting("HOME").map(|directory| Path::new(&directory).join(".cache/boxoffice"));
        Self {
            links: setting("BOXOFFICE_TOOLS").map(PathBuf::from),
            cache: own.or_else(xdg).or_else(home),
            path: setting("PATH")
                .map(|path| std::env::split_paths(&path).collect())
                .unwrap_or_default(),
        }
    }

    /// What outlives a checkout: the tools, and what else takes long to make.
    #[must_use]
    pub fn cache(&self) -> Option<&Path> {
        self.cache.as_deref()
    }

    /// A program by its name in `tools.toml`: `nats-server`, `toxiproxy-server`, `grpcurl`, `buf`.
    ///
    /// # Errors
    /// It is not installed; the message says what to run.
    pub fn program(&self, name: &str) -> Result<PathBuf> {
        let linked = self.links.iter().map(|links| links.join(name));
        let cached = self
            .cache
            .iter()
            .filter_map(|cache| Some(cache.join("bin").join(pinned(name)?).join(name)));
        let on_path = self.path.iter().map(|directory| directory.join(name));
        first_file(linked.chain(cached).chain(on_path), name)
    }

    /// A program that comes with Postgres: `initdb`, `postgres`, `pgbench`, `psql`.
    ///
    /// # Errors
    /// It is not installed; the message says what to run.
    pub fn postgres(&self, name: &str) -> Result<PathBuf> {
        let linked = self.links.iter().map(|links| links.join("postgresql").join(name));
        let on_path = self.path.iter().map(|directory| directory.join(name));
        first_file(linked.chain(distribution(name)).chain(on_path), name)
    }

    /// A program that comes with MariaDB: `mariadbd`, `mariadb-install-db`.
    ///
    /// # Errors
    /// It is not installed; the message says what to run.
    pub fn mariadb(&self, name: &str) -> Result<PathBuf> {
        let places = ["/usr/sbin", "/usr/bin"].map(|directory| Path::new(directory).join(name));
        let on_path = self.path.iter().map(|directory| directory.join(name));
        first_file(places.into_iter().chain(on_path), name)
    }
}

/// Where it really lies: whoever runs it may not be let into the directory of the link.
fn first_file(candidates: impl Iterator<Item = PathBuf>, name: &str) -> Result<PathBuf> {
    let mut candidates = candidates;
    let found = candidates.find(|candidate| candidate.is_file());
    let found = found.and_then(|found| found.canonicalize().ok());
    found.with_context(|| format!("{name} is not installed: run `cargo xtask setup`"))
}

/// The directory of a tool's pinned version in the cache: `nats-server-2.14.5`.
fn pinned(name: &str) -> Option<String> {
    let tables: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(PINNED).ok()?;
    let (_, version) = tables.values().find_map(|table| table.get(name))?.rsplit_once('@')?;
    Some(format!("{name}-{}", version.strip_prefix('v').unwrap_or(version)))
}

/// Debian keeps the programs of each version apart; the newest comes first.
fn distribution(name: &str) -> impl Iterator<Item = PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    versions.sort();
    versions.into_iter().rev().map(move |(_, directory)| directory.join("bin").join(name))
}

/// An environment variable that is set to something.
fn setting(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_says_what_to_run() {
        let nowhere = Tools {
            links: Some("/nowhere".into()),
            cache: Some("/nowhere".into()),
            path: Vec::new(),
        };
        let error = nowhere.program("nats-server").unwrap_err();
        assert!(error.to_string().contains("run `cargo xtask setup`"), "{error}");
    }

    #[test]
    fn the_cache_holds_the_pinned_version() {
        assert!(pinned("nats-server").unwrap().starts_with("nats-server-2."));
        assert!(pinned("buf").unwrap().starts_with("buf-1."));
        assert_eq!(pinned("postgresql"), None);
    }
}
