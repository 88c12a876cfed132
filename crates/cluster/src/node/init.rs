//! `boxoffice-cluster init`: what runs in the namespaces.

use std::fs::{self, File};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::errno::Errno;
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use super::{cgroups, files, surroundings};
use crate::layout::Layout;

/// How long the API server may take, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is said of a program that is started again.
const ENDED: &str = " ended: ";

/// Boots the node and keeps it running, until it is killed.
///
/// # Errors
/// The node cannot be set up.
pub fn init(layout: &Layout) -> Result<()> {
    // Number 1 inherits everybody's orphans. The work is done by a child, whose own children nobody else waits for.
    if std::process::id() == 1 {
        let worker = Command::new(std::env::current_exe()?).arg("init").spawn()?;
        return reap(&worker);
    }
    surroundings::mounts(layout)?;
    surroundings::network()?;
    cgroups::make(layout)?;
    for program in ["etcd", "kube-apiserver", "containerd"] {
        keep(program, layout)?;
    }
    // Before its roles are there the controller manager ends at once, and no namespace gets its ServiceAccount.
    kubectl(layout, &["get", "--raw=/readyz"])?;
    for program in ["kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"] {
        keep(program, layout)?;
    }
    let addons = layout.config().join("addons.yaml");
    kubectl(layout, &["apply", "--filename", &addons.display().to_string()])?;
    for program in ["coredns", "metrics-server"] {
        keep(program, layout)?;
    }
    loop {
        thread::park();
    }
}

/// The programs that have ended so far, each as often as it did.
pub(super) fn ended(layout: &Layout) -> Vec<String> {
    let said = fs::read_to_string(layout.log().join("init.log")).unwrap_or_default();
    said.lines().filter_map(|line| Some(line.split_once(ENDED)?.0.to_owned())).collect()
}

/// Waits for everybody who ends here, until the worker does.
fn reap(worker: &Child) -> Result<()> {
    let worker = Pid::from_raw(worker.id().try_into()?);
    loop {
        match waitpid(None, None) {
            Ok(status) if status.pid() == Some(worker) => bail!("the node ended: {status:?}"),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error).context("waiting for processes"),
        }
    }
}

/// Runs a program, and again a second after it has ended.
fn keep(program: &'static str, layout: &Layout) -> Result<()> {
    let log = File::create(layout.log().join(format!("{program}.log"))).context("opening a log")?;
    let mut command = Command::new(program);
    command.args(files::arguments(program, layout)?).stdout(log.try_clone()?).stderr(log);
    let run = move || {
        loop {
            match command.status() {
                Ok(status) => println!("{program}{ENDED}{status}"),
                Err(error) => println!("{program}{ENDED}{error}"),
            }
            thread::sleep(Duration::from_secs(1));
        }
    };
    thread::Builder::new().name(program.to_owned()).spawn(run).context("starting a thread")?;
    Ok(())
}

/// Asks until the API server has done it.
fn kubectl(layout: &Layout, arguments: &[&str]) -> Result<()> {
    let began = Instant::now();
    loop {
        let mut kubectl = Command::new("kubectl");
        kubectl.arg("--kubeconfig").arg(layout.kubeconfig()).arg("--request-timeout=10s");
        let output = kubectl.args(arguments).output().context("starting kubectl")?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(began.elapsed() < PATIENCE, "kubectl {arguments:?}: {}", said.trim());
        thread::sleep(Duration::from_millis(100));
    }
}
