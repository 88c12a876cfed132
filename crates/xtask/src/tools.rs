//! What tools.toml asks for, and where each tool lies once it is installed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::paths::Paths;

/// The catalogue: every tool with its pinned version, in the order they are installed.
#[derive(Debug)]
pub(crate) struct Tools(Vec<Tool>);

/// One tool of the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    /// The key in tools.toml, and the name of the binary.
    pub(crate) name: String,
    /// What the installer is asked for, without the version.
    pub(crate) package: String,
    /// As the installer spells it: `v2.14.5`; empty where the distribution decides.
    pub(crate) version: String,
    /// Who installs it.
    pub(crate) installer: Installer,
    /// What it is there for.
    pub(crate) need: Need,
}

/// What a tool is there for: `[cluster-…]` in tools.toml is what the tests do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    Tests,
    Cluster,
}

/// Who installs a tool; the order is the order of installing, the slowest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Installer {
    Apt,
    Go,
    Npm,
    Pip,
    Cargo,
}

// === impl Tools ===

impl Tools {
    pub(crate) fn read(paths: &Paths) -> Result<Self> {
        let file = paths.root.join("tools.toml");
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("reading {}", file.display()))?;
        Self::parse(&text).with_context(|| format!("in {}", file.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut tables: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(text)?;
        let mut tools = Vec::new();
        for (need, prefix) in [(Need::Tests, ""), (Need::Cluster, "cluster-")] {
            for installer in Installer::ALL {
                let key = format!("{prefix}{}", installer.key());
                for (name, wanted) in tables.remove(&key).unwrap_or_default() {
                    tools.push(Tool::new(need, installer, name, &wanted)?);
                }
            }
        }
        ensure!(tables.is_empty(), "nobody installs {:?}", tables.keys());
        Ok(Self(tools))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tool> {
        self.0.iter()
    }

    /// What is needed up to this.
    pub(crate) fn needed(&self, need: Need) -> impl Iterator<Item = &Tool> {
        self.iter().filter(move |tool| tool.need <= need)
    }

    /// The installed binary of a tool, or what to do about its absence.
    pub(crate) fn binary(&self, name: &str, paths: &Paths) -> Result<PathBuf> {
        let tool = self.iter().find(|tool| tool.name == name);
        let tool = tool.with_context(|| format!("tools.toml does not name {name}"))?;
        tool.installed(paths)
            .with_context(|| format!("{tool} is not installed: run `cargo xtask setup`"))
    }
}

// === impl Tool ===

impl Tool {
    fn new(need: Need, installer: Installer, name: String, wanted: &str) -> Result<Self> {
        // The first character of an npm scope is an @ of its own.
        let (package, version) = match wanted.rsplit_once('@') {
            Some((package, version)) if !package.is_empty() => (package, version),
            Some(_) | None if installer == Installer::Apt => (wanted, ""),
            Some(_) | None => bail!("{name} = \"{wanted}\" has no @version"),
        };
        let (package, version) = (package.to_owned(), version.to_owned());
        Ok(Self { name, package, version, installer, need })
    }

    /// The directory of this tool and version in the cache.
    pub(crate) fn directory(&self, paths: &Paths) -> PathBuf {
        paths.cache.join(format!("{}-{}", self.name, self.number()))
    }

    /// Its binary, if it is installed; for Postgres the directory of its programs.
    pub(crate) fn installed(&self, paths: &Paths) -> Option<PathBuf> {
        match self.installer {
            Installer::Apt if self.name == "mariadb" => system_program("mariadbd"),
            Installer::Apt if self.name == "prometheus" => {
                on_path("promtool").and_then(|_| on_path("prometheus"))
            }
            Installer::Apt if self.name == "postgresql" => postgres_programs(),
            Installer::Apt => system_program(&self.name),
            Installer::Go | Installer::Npm | Installer::Pip | Installer::Cargo => {
                Some(self.directory(paths).join(&self.name)).filter(|binary| binary.is_file())
            }
        }
    }

    /// The version as people write it.
    fn number(&self) -> &str {
        self.version.strip_prefix('v').unwrap_or(&self.version)
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(format!("{} {}", self.name, self.number()).trim_end())
    }
}

// === impl Installer ===

impl Installer {
    const ALL: [Self; 5] = [Self::Apt, Self::Go, Self::Npm, Self::Pip, Self::Cargo];

    fn key(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Go => "go",
            Self::Npm => "npm",
            Self::Pip => "pip",
            Self::Cargo => "cargo",
        }
    }
}

/// A program that may lie where a user's PATH does not reach.
fn system_program(name: &str) -> Option<PathBuf> {
    let places = ["/usr/sbin", "/usr/bin", "/usr/lib/cni"];
    let mut places = places.iter().map(|directory| Path::new(directory).join(name));
    places.find(|program| program.is_file()).or_else(|| on_path(name))
}

/// The newest Postgres of the distribution, else the one on the PATH.
fn postgres_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, directory)| directory.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop().map(|(_, directory)| directory).or_else(|| {
        let initdb = on_path("initdb")?;
        initdb.canonicalize().ok()?.parent().map(Path::to_path_buf)
    })
}

/// The program of that name on the PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_of_this_checkout_is_read_slowest_last() {
        let tools = Tools::read(&Paths::find().unwrap()).unwrap();
        let names: Vec<_> = tools.iter().map(ToString::to_string).collect();
        assert_eq!(names[..2], ["mariadb", "postgresql"]);
        let tests: Vec<_> = tools.needed(Need::Tests).map(ToString::to_string).collect();
        assert!(tests.last().unwrap().starts_with("cargo-deny "), "{tests:?}");
        assert_eq!(tests, names[..tests.len()]);
        assert!(names[tests.len()..].contains(&"containerd".to_owned()), "{names:?}");
        assert_eq!(tools.needed(Need::Cluster).count(), names.len());
    }

    #[test]
    fn a_scoped_npm_package_is_told_from_its_version() {
        let tools = Tools::parse("[npm]\nbuf = \"@bufbuild/buf@1.75.0\"").unwrap();
        let buf = &tools.0[0];
        assert_eq!((buf.package.as_str(), buf.version.as_str()), ("@bufbuild/buf", "1.75.0"));
    }

    #[test]
    fn what_is_not_pinned_or_has_no_installer_is_refused() {
        for wrong in ["[npm]\nbuf = \"@bufbuild/buf\"", "[go]\nx = \"a/b\"", "[brew]\nx = \"x@1\""]
        {
            assert!(Tools::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_missing_tool_says_what_to_run() {
        let nowhere = tempfile::tempdir().unwrap();
        let paths = Paths { cache: nowhere.path().to_owned(), ..Paths::find().unwrap() };
        let error = Tools::read(&paths).unwrap().binary("buf", &paths).unwrap_err();
        assert!(format!("{error:#}").contains("run `cargo xtask setup`"), "{error:#}");
    }
}
