//! The control groups the cluster's pods are in: one root for each cluster, since they outlive its namespaces.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::layout::Layout;

const ROOT: &str = "/sys/fs/cgroup";

/// What the root is called.
pub(super) fn name(layout: &Layout) -> String {
    let hash = Sha256::digest(layout.state().as_os_str().as_encoded_bytes());
    format!("boxoffice-{}", hex::encode(&hash[..4]))
}

/// Makes the root, in every hierarchy there is.
pub(super) fn make(layout: &Layout) -> Result<()> {
    let name = name(layout);
    if let Ok(controllers) = fs::read_to_string(Path::new(ROOT).join("cgroup.controllers")) {
        let all = controllers.split_whitespace().map(|it| format!("+{it}")).collect::<Vec<_>>();
        fs::write(Path::new(ROOT).join("cgroup.subtree_control"), all.join(" "))
            .context("handing the cgroup controllers on: is another process in the root cgroup?")?;
    }
    for hierarchy in hierarchies()? {
        let root = hierarchy.join(&name);
        fs::create_dir_all(&root).with_context(|| format!("making {}", root.display()))?;
        // In a hierarchy of version 1 nobody may enter until these are given.
        for settings in ["cpuset.cpus", "cpuset.mems"] {
            let all = hierarchy.join(settings);
            if all.is_file() {
                fs::write(root.join(settings), fs::read(&all)?)
                    .with_context(|| format!("giving {} its {settings}", root.display()))?;
            }
        }
    }
    Ok(())
}

/// Removes the root with all that is below, once the last process in it has ended.
pub(super) fn remove(layout: &Layout) -> Result<()> {
    let name = name(layout);
    for hierarchy in hierarchies()? {
        let began = Instant::now();
        while let Err(error) = remove_tree(&hierarchy.join(&name)) {
            if began.elapsed() > Duration::from_secs(20) {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    Ok(())
}

fn remove_tree(group: &Path) -> Result<()> {
    let entries = match fs::read_dir(group) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("reading {}", group.display()))?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    fs::remove_dir(group).with_context(|| format!("removing {}", group.display()))
}

/// The one of version 2, or every one of version 1.
fn hierarchies() -> Result<Vec<PathBuf>> {
    if Path::new(ROOT).join("cgroup.controllers").is_file() {
        return Ok(vec![PathBuf::from(ROOT)]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(ROOT).with_context(|| format!("reading {ROOT}"))? {
        let path = entry?.path();
        if path.join("cgroup.procs").is_file() {
            found.push(path);
        }
    }
    Ok(found)
}
