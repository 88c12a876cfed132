//! The process that holds the cluster's namespaces: the first in them, with which everything in them ends.
//!
//! It is found by what it is, never by a file that may be stale: the process that is number 1 in its namespace and
//! was told that this cluster's directory is its own.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::layout::Layout;

/// Names the cluster's directory.
const MARK: &str = "BOXOFFICE_CLUSTER_DIR";

/// What is private to the cluster. If `unshare` is killed, so is what it started.
const UNSHARE: [&str; 8] = [
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--mount-proc",
    "--propagation=private",
    "--kill-child=SIGKILL",
    "--",
];

/// A running cluster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder {
    pid: i32,
}

// === impl Holder ===

impl Holder {
    /// The holder of this cluster, if it is up.
    pub(crate) fn find(layout: &Layout) -> Result<Option<Self>> {
        let mark = [MARK.as_bytes(), b"=", layout.state().as_os_str().as_bytes()].concat();
        Self::search(|variable| variable == mark)
    }

    /// The holder of any cluster of ours.
    pub(crate) fn find_any() -> Result<Option<Self>> {
        let mark = format!("{MARK}=");
        Self::search(|variable| variable.starts_with(mark.as_bytes()))
    }

    fn search(is_mark: impl Fn(&[u8]) -> bool) -> Result<Option<Self>> {
        for entry in fs::read_dir("/proc").context("reading /proc")?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // What has ended meanwhile, and what is not ours to read, is not it.
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let ours = environment.split(|&byte| byte == 0).any(&is_mark);
            if ours && is_init(&entry.path()) && is_first(&entry.path()) {
                return Ok(Some(Self { pid }));
            }
        }
        Ok(None)
    }

    /// Starts it, in namespaces of its own and out of reach of a Ctrl-C.
    pub(crate) async fn start(layout: &Layout) -> Result<Self> {
        let log = File::create(layout.log().join("init.log")).context("opening a log")?;
        let mut unshare = Command::new("unshare");
        unshare
            .args(UNSHARE)
            .arg(std::env::current_exe()?)
            .arg("init")
            .env(MARK, layout.state())
            .env("PATH", path(layout))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        let mut unshare = unshare.spawn().context("starting unshare")?;
        let began = Instant::now();
        loop {
            if let Some(holder) = Self::find(layout)? {
                return Ok(holder);
            }
            if let Some(status) = unshare.try_wait()? {
                bail!("unshare ended with {status}");
            }
            ensure!(began.elapsed() < Duration::from_secs(10), "unshare starts nothing");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn is_alive(self) -> bool {
        // A process that ended and was not waited for has no environment any more.
        let environment = fs::read(format!("/proc/{}/environ", self.pid));
        environment.is_ok_and(|environment| !environment.is_empty())
    }

    /// Ends it, and with it everything in the namespaces.
    pub(crate) fn end(self) -> Result<()> {
        kill(Pid::from_raw(self.pid), Signal::SIGKILL).context("ending the first process")?;
        let began = Instant::now();
        // The kernel lets it go when the last process of its namespace has gone.
        while self.is_alive() {
            ensure!(began.elapsed() < Duration::from_secs(30), "process {} does not end", self.pid);
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// A command in the namespaces that knows where everything is; its working directory is ours.
    pub(crate) fn command(self, layout: &Layout, program: impl AsRef<OsStr>) -> Result<Command> {
        let mut here = OsString::from("--wd=");
        here.push(std::env::current_dir()?);
        let mut command = Command::new("nsenter");
        command
            .args(["--net", "--mount", "--pid", "--target"])
            .arg(self.pid.to_string())
            .arg(here)
            .arg("--")
            .arg(program)
            .env(MARK, layout.state())
            .env("PATH", path(layout))
            .env("KUBECONFIG", layout.kubeconfig())
            .env("BOXOFFICE_CLUSTER", layout.description())
            .env("CONTAINERD_NAMESPACE", "k8s.io")
            .env("TMPDIR", "/run/tmp");
        Ok(command)
    }
}

/// Whether it is `boxoffice-cluster init`.
fn is_init(process: &Path) -> bool {
    let command = fs::read(process.join("cmdline")).unwrap_or_default();
    command.ends_with(b"/boxoffice-cluster\0init\0")
}

/// Whether it is the first process of its namespace, whichever namespace we look from.
fn is_first(process: &Path) -> bool {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    numbers.and_then(|numbers| numbers.split_whitespace().last()) == Some("1")
}

/// The cluster's programs, the tools the tests start, then the machine's, with those that only root has on the path.
fn path(layout: &Layout) -> OsString {
    let mut path = layout.bin().into_os_string();
    path.push(":");
    path.push(layout.target().join("tools"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    path.push(":/usr/sbin:/sbin");
    path
}
