//! Calls from inside a pod's network: its sidecar takes them for the pod's own.

use std::fs::File;
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use nix::sched::{CloneFlags, setns};
use tokio::runtime::Builder;

use crate::kube::Pod;

/// Runs `calls` where a pod's processes run, as far as the network goes. (An image without a shell has nothing to run there.)
pub(crate) async fn inside<T, F>(pod: &Pod, calls: F) -> Result<T>
where
    T: Send + 'static,
    F: AsyncFnOnce() -> T + Send + 'static,
{
    let network = File::open(format!("/proc/{}/ns/net", pod.process()?))?;
    let (tell, told) = tokio::sync::oneshot::channel();
    // A thread of its own, which ends with them: only it, and whatever it starts, moves into the other network.
    thread::spawn(move || {
        let done = setns(network, CloneFlags::CLONE_NEWNET)
            .context("entering a pod's network")
            .and_then(|()| Ok(Builder::new_current_thread().enable_all().build()?))
            .map(|runtime| runtime.block_on(calls()));
        let _ = tell.send(done);
    });
    told.await.map_err(|_| anyhow!("the calls from inside {} failed", pod.name))?
}
