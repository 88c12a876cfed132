//! What Linux says of a process of ours.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The process that serves with this data directory, as its directory in `/proc`.
pub(super) fn serving(data: &Path) -> Result<PathBuf> {
    let data = data.display().to_string();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let exe = std::fs::read_link(entry.path().join("exe"));
        let is_ours = exe.is_ok_and(|exe| exe.file_name().is_some_and(|it| it == "boxoffice"));
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let mut words = command.split(|byte| *byte == 0);
        let serves = words.nth(1) == Some(b"serve") && words.any(|word| word == data.as_bytes());
        if is_ours && serves {
            return Ok(entry.path());
        }
    }
    bail!("no process serves {data}")
}

/// The most memory that it has had since it began, in bytes.
pub(super) fn peak_memory(data: &Path) -> Result<u64> {
    let status = std::fs::read_to_string(serving(data)?.join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = line.and_then(|line| line.trim().strip_suffix("kB")).context("no VmHWM")?;
    Ok(peak.trim().parse::<u64>()? * 1024)
}
