//! `cargo xtask cluster up`: from nothing, or from where an earlier one stopped, to a shop that is open.

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::install::Binary;
use crate::layout::Layout;
use crate::programs::Programs;
use crate::{images, install, mesh, node, servers};

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Stage {
    /// A Kubernetes node that is ready
    Node,
    /// Istio, with its ingress gateway
    Mesh,
    /// The stores and other servers beside the pods
    Servers,
    /// Boxoffice itself
    Platform,
}

/// Boots the cluster up to a stage. What an earlier one reached is not done again: a second `up` goes on where the first
/// failed or was interrupted.
///
/// # Errors
/// It does not come up; the message says what was waited for. What is up stays up, to be looked at.
pub async fn up(layout: &Layout, until: Stage, binary: Binary) -> Result<()> {
    let began = Instant::now();
    node::privileges()?;
    let _alone = lock(layout)?;
    if !node::is_up(layout)? {
        // What a cluster left that nobody took down.
        node::clear(layout)?;
    }
    let reached = reached(layout);
    if reached >= Some(until) {
        println!("already up");
        return Ok(());
    }
    let programs = Programs::provide(layout)?;
    for &stage in Stage::value_variants() {
        if stage <= until && Some(stage) > reached {
            stage.reach(layout, &programs, binary).await?;
            fs::write(record(layout), stage.name()).context("recording how far it got")?;
        }
    }
    println!("{:7.1} s  up; `cargo xtask cluster down` ends it", began.elapsed().as_secs_f64());
    Ok(())
}

// === impl Stage ===

impl Stage {
    async fn reach(self, layout: &Layout, programs: &Programs, binary: Binary) -> Result<()> {
        match self {
            Self::Node => {
                let (place, made) = (layout.clone(), programs.clone());
                let images = move || images::write_system(&place, &made);
                node::up(layout, programs, async { tokio::task::spawn_blocking(images).await? })
                    .await
            }
            Self::Mesh => mesh::up(layout, programs).await,
            Self::Servers => servers::up(layout).await,
            Self::Platform => install::install(layout, binary).await,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Mesh => "mesh",
            Self::Servers => "servers",
            Self::Platform => "platform",
        }
    }
}

fn reached(layout: &Layout) -> Option<Stage> {
    Stage::from_str(&fs::read_to_string(record(layout)).ok()?, false).ok()
}

fn record(layout: &Layout) -> PathBuf {
    layout.run().join("reached")
}

/// Two at once would each boot half a cluster.
fn lock(layout: &Layout) -> Result<File> {
    fs::create_dir_all(layout.state())
        .with_context(|| format!("making {}", layout.state().display()))?;
    let file = layout.lock();
    let lock = File::create(&file).with_context(|| format!("opening {}", file.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("another `up` is booting this cluster"),
        Err(TryLockError::Error(error)) => Err(error).context("locking"),
    }
}
