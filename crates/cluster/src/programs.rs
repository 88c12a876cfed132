//! The programs of the cluster, built from source once and kept in the user's cache.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{fs, process};

use anyhow::{Context, Result, ensure};
use boxoffice_testkit::servers::Tools;
use sha2::{Digest, Sha256};

use crate::layout::Layout;

/// In one module, so that what they share is compiled once. The first two are several programs in one, chosen by name.
const BUILDS: [Build; 6] = [
    Build {
        binary: "kube",
        package: "./kube",
        names: &[
            "etcd",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-proxy",
            "kube-scheduler",
            "kubectl",
            "kubelet",
        ],
        linked: "-X k8s.io/component-base/version.gitVersion=v1.36.2 -X k8s.io/client-go/pkg/version.gitVersion=v1.36.2",
    },
    Build {
        binary: "istio",
        package: "./istio",
        names: &["istioctl", "pilot-agent", "pilot-discovery"],
        linked: "-X istio.io/istio/pkg/version.buildVersion=1.31-dev -X istio.io/istio/pkg/version.buildStatus=Clean",
    },
    Build::plain("coredns", "./coredns"),
    Build::plain("helm", "helm.sh/helm/v4/cmd/helm"),
    Build::plain("metrics-server", "sigs.k8s.io/metrics-server/cmd/metrics-server"),
    Build::plain("pause", "./pause"),
];

/// What else the cluster needs of Istio's module.
const CHARTS: [&str; 3] = ["base", "gateway", "istio-control/istio-discovery"];
const BOOTSTRAP: &str = "tools/packaging/common/envoy_bootstrap.json";

/// Packages between two signs of life.
const PROGRESS: usize = 200;

/// Where the built programs lie.
#[derive(Debug, Clone)]
pub struct Programs {
    directory: PathBuf,
}

/// A binary to build.
#[derive(Debug)]
struct Build {
    binary: &'static str,
    package: &'static str,
    /// By which else it is called.
    names: &'static [&'static str],
    /// What the linker writes into it.
    linked: &'static str,
}

// === impl Programs ===

impl Programs {
    /// Builds what is missing, which takes minutes the first time.
    ///
    /// # Errors
    /// A program cannot be built.
    pub fn provide(layout: &Layout) -> Result<Self> {
        let programs = Self::place(layout)?;
        if !programs.directory.is_dir() {
            programs.build(&module(layout))?;
        }
        Ok(programs)
    }

    /// Those that are already built.
    ///
    /// # Errors
    /// They are not; the message says what to run.
    pub fn find(layout: &Layout) -> Result<Self> {
        let programs = Self::place(layout)?;
        let built = programs.directory.is_dir();
        ensure!(built, "there are no programs for the cluster: run `cargo xtask cluster up`");
        Ok(programs)
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

    /// The template of an Envoy's first configuration.
    #[must_use]
    pub fn envoy_bootstrap(&self) -> PathBuf {
        self.directory.join("envoy_bootstrap.json")
    }

    /// Another input is another directory, so that what is there is right.
    fn place(layout: &Layout) -> Result<Self> {
        let tools = Tools::find();
        let cache =
            tools.cache().context("neither BOXOFFICE_CACHE, XDG_CACHE_HOME nor HOME is set")?;
        Ok(Self { directory: cache.join("cluster").join(key(&module(layout))?) })
    }

    /// They appear by one rename: nothing half-built is ever taken for them.
    fn build(&self, module: &Path) -> Result<()> {
        let fresh = self.directory.with_extension(process::id().to_string());
        fs::create_dir_all(&fresh).with_context(|| format!("making {}", fresh.display()))?;
        println!("building the cluster's programs, which takes some minutes the first time");
        let filled = BUILDS
            .iter()
            .try_for_each(|build| build.make(module, &fresh))
            .and_then(|()| istio_files(module, &fresh))
            .and_then(|()| match fs::rename(&fresh, &self.directory) {
                // Another build was faster.
                Err(_) if self.directory.is_dir() => Ok(()),
                renamed => renamed.with_context(|| format!("moving {}", fresh.display())),
            });
        // Not there any more where all went well.
        fs::remove_dir_all(&fresh).ok();
        filled
    }
}

// === impl Build ===

impl Build {
    const fn plain(binary: &'static str, package: &'static str) -> Self {
        Self { binary, package, names: &[], linked: "" }
    }

    /// Without debug information, which nobody reads and which is a fifth of the work.
    fn arguments(&self) -> [String; 6] {
        let linked = format!("-ldflags=-s -w {}", self.linked);
        ["build", "-v", "-trimpath", "-gcflags=all=-dwarf=false", &linked, self.package]
            .map(str::to_owned)
    }

    fn make(&self, module: &Path, fresh: &Path) -> Result<()> {
        let began = Instant::now();
        let [build, flags @ .., package] = self.arguments();
        let mut go = go(module);
        go.arg(build).args(flags).arg("-o").arg(fresh.join(self.binary)).arg(package);
        compile(&mut go, self.binary).with_context(|| format!("building {}", self.binary))?;
        for name in self.names {
            symlink(self.binary, fresh.join(name))?;
        }
        println!("  {:<16} built in {:.0} s", self.binary, began.elapsed().as_secs_f32());
        Ok(())
    }
}

/// The Go module with what is ours of them.
fn module(layout: &Layout) -> PathBuf {
    layout.checkout().join("third_party/go/cluster")
}

/// Without cgo: then they run in an empty image, too. A compiler that tidies its memory up less often is done a tenth sooner.
fn go(module: &Path) -> Command {
    let mut go = Command::new("go");
    go.current_dir(module).env("CGO_ENABLED", "0").env("GOGC", "400").stdin(Stdio::null());
    go
}

/// Runs `go build -v`, which names each package as it compiles it: they are counted, and the rest is shown.
fn compile(go: &mut Command, binary: &str) -> Result<()> {
    let began = Instant::now();
    let mut child = go.stderr(Stdio::piped()).spawn().context("go: run `cargo xtask setup`")?;
    let said = BufReader::new(child.stderr.take().context("what go says was not piped")?);
    let mut packages = 0;
    for line in said.lines() {
        let line = line?;
        if line.contains(' ') {
            eprintln!("{line}");
            continue;
        }
        packages += 1;
        if packages % PROGRESS == 0 {
            let seconds = began.elapsed().as_secs();
            println!("  {binary:<16} {packages} packages in {seconds} s …");
        }
    }
    let status = child.wait()?;
    ensure!(status.success(), "go build ended with {status}");
    Ok(())
}

fn istio_files(module: &Path, fresh: &Path) -> Result<()> {
    let said = go(module).args(["list", "-m", "-f", "{{.Dir}}", "istio.io/istio"]).output()?;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let istio = PathBuf::from(String::from_utf8(said.stdout)?.trim());
    for chart in CHARTS {
        copy_tree(&istio.join("manifests/charts").join(chart), &fresh.join("charts").join(chart))?;
    }
    copy_file(&istio.join(BOOTSTRAP), &fresh.join("envoy_bootstrap.json"))
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let (from, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if from.is_dir() {
            copy_tree(&from, &to)?;
        } else {
            copy_file(&from, &to)?;
        }
    }
    Ok(())
}

/// Its content alone: Go's module cache is read-only.
fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let content = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
    fs::write(to, content).with_context(|| format!("writing {}", to.display()))
}

/// Sums up what the programs are made of: the module and how it is built.
fn key(module: &Path) -> Result<String> {
    let how = BUILDS.each_ref().map(Build::arguments);
    let mut hash = Sha256::new_with_prefix(format!("{BUILDS:?} {how:?} {CHARTS:?} {BOOTSTRAP}"));
    let mut files = Vec::new();
    collect(module, &mut files)?;
    files.sort();
    for file in files {
        let content = fs::read(&file)?;
        hash.update(format!("\n{} {}\n", file.strip_prefix(module)?.display(), content.len()));
        hash.update(content);
    }
    Ok(hex::encode(&hash.finalize()[..8]))
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("reading {}", directory.display()));
    for entry in entries? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_follows_every_input() {
        let module = tempfile::tempdir().unwrap();
        let mut seen = vec![key(module.path()).unwrap()];
        for (file, content) in [("go.mod", "a"), ("go.mod", "b"), ("kube/main.go", "b")] {
            let file = module.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
            let key = key(module.path()).unwrap();
            assert!(!seen.contains(&key), "{content}");
            seen.push(key);
        }
        assert_eq!(seen.last(), Some(&key(module.path()).unwrap()));
    }

    #[test]
    fn a_program_says_the_version_it_is_built_from() {
        let module = module(&Layout::find().unwrap());
        let pinned = fs::read_to_string(module.join("go.mod")).unwrap();
        let kube = BUILDS.iter().find(|build| build.binary == "kube").unwrap();
        let line = pinned.lines().find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "));
        assert_eq!(kube.linked.matches(&format!("={}", line.unwrap())).count(), 2);
    }
}
