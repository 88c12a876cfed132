//! The node: control plane, kubelet and proxy in namespaces of their own.

mod cgroups;
pub(crate) mod files;
mod holder;
mod init;
mod inside;
mod needs;
mod pki;
mod surroundings;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Error, Result, anyhow};

use self::holder::Holder;
use crate::layout::Layout;
use crate::programs::Programs;
use crate::progress::{eventually, step, with_logs};

pub use self::init::init;
pub use self::inside::{command, explain, import, kubectl, output, run};
pub use self::needs::privileges;

/// The node's address, which its pods reach, too.
pub const NODE: &str = "10.250.0.1";
/// The addresses of pods.
const PODS: &str = "10.244.0.0/24";
/// The addresses of Services.
const SERVICES: &str = "10.96.0.0/16";
/// The first of them is the API server's.
const API: &str = "10.96.0.1";
/// The cluster's DNS server.
const DNS: &str = "10.96.0.10";

/// How long each step may take, on a machine that is slow and busy.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often programs may end before all is ready: some are too early for others.
const RESTARTS: usize = 10;

/// Whether the cluster is up, as far as it may be.
///
/// # Errors
/// Processes cannot be listed.
pub fn is_up(layout: &Layout) -> Result<bool> {
    Ok(Holder::find(layout)?.is_some())
}

/// Starts the node, gives it the images when they are written, and waits until it is ready.
///
/// # Errors
/// It does not become ready; the message says what was waited for, and how the logs that explain it end.
pub async fn up(
    layout: &Layout,
    programs: &Programs,
    images: impl Future<Output = Result<Vec<PathBuf>>>,
) -> Result<()> {
    let holder = match Holder::find(layout)? {
        Some(holder) => holder,
        None => start(layout, programs).await?,
    };
    let result = tokio::select! {
        ready = wait(layout, images) => ready,
        why = lost(holder, layout) => Err(why),
    };
    result.map_err(|error| explained(error, layout))
}

/// With the ends of the logs of those programs that did not stay, else of those that make the node ready.
fn explained(error: Error, layout: &Layout) -> Error {
    let mut names = vec!["init".to_owned()];
    names.extend(init::ended(layout));
    if names.len() == 1 {
        names.extend(["containerd", "kubelet"].map(str::to_owned));
    }
    with_logs(error, &layout.log(), &names)
}

async fn start(layout: &Layout, programs: &Programs) -> Result<Holder> {
    for directory in [layout.config(), layout.log(), layout.run()] {
        fs::create_dir_all(&directory)
            .with_context(|| format!("making {}", directory.display()))?;
    }
    std::os::unix::fs::symlink(programs.directory(), layout.bin())?;
    needs::check(layout)?;
    pki::write(&layout.pki())?;
    files::write(layout)?;
    Holder::start(layout).await
}

async fn wait(layout: &Layout, images: impl Future<Output = Result<Vec<PathBuf>>>) -> Result<()> {
    let node = async {
        let ready = async || kubectl(layout, &["get", "--raw=/readyz"]).await;
        step("API server", eventually(PATIENCE, ready)).await?;
        let arguments = ["wait", "node/node1", "--for=condition=Ready", "--timeout=1s"];
        let ready = async || kubectl(layout, &arguments).await;
        step("node", eventually(PATIENCE, ready)).await
    };
    let images = step("images", async {
        for image in images.await? {
            eventually(PATIENCE, async || import(layout, &image).await).await?;
        }
        Ok(())
    });
    tokio::try_join!(node, images).map(drop)
}

/// Waits until it is certain that the node does not become ready.
async fn lost(holder: Holder, layout: &Layout) -> Error {
    loop {
        if !holder.is_alive() {
            return anyhow!("the cluster ended");
        }
        if init::ended(layout).len() > RESTARTS {
            return anyhow!("the node's programs do not stay");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Ends everything of the cluster. One that is not up, or whose processes have died, is no error.
///
/// # Errors
/// Something is left.
pub fn down(layout: &Layout) -> Result<()> {
    clear(layout)?;
    remove(fs::remove_file, &layout.lock())?;
    // Not if it holds what is not ours.
    fs::remove_dir(layout.state()).ok();
    Ok(())
}

/// The same, but for whoever has locked it to boot another.
pub(crate) fn clear(layout: &Layout) -> Result<()> {
    if let Some(holder) = Holder::find(layout)? {
        holder.end()?;
    }
    cgroups::remove(layout)?;
    surroundings::remove_mount_points()?;
    // Only what is ours: the directory may be one that somebody named by mistake.
    for directory in [layout.pki(), layout.config(), layout.log(), layout.run(), layout.images()] {
        remove(fs::remove_dir_all, &directory)?;
    }
    remove(fs::remove_file, &layout.bin())?;
    remove(fs::remove_file, &layout.description())
}

fn remove(how: impl Fn(PathBuf) -> io::Result<()>, what: &Path) -> Result<()> {
    match how(what.to_owned()) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.with_context(|| format!("removing {}", what.display())),
    }
}
