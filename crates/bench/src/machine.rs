//! What it was measured on.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use boxoffice_kernel::Clock;
use boxoffice_testkit::servers::Tools;

/// One line a fact.
#[derive(Debug)]
pub(crate) struct Machine(Vec<(&'static str, String)>);

/// Commits of one page that tell how fast the disk is.
const SYNCS: u32 = 200;

// === impl Machine ===

impl Machine {
    pub(crate) fn look() -> Result<Self> {
        let tools = Tools::find();
        Ok(Self(vec![
            ("date", Clock.now().format("%Y-%m-%d %H:%M UTC").to_string()),
            ("processor", processor()?),
            ("memory", memory()?),
            ("system", system()),
            ("disk", disk()?),
            ("PostgreSQL", version(&tools.postgres("postgres")?)?),
            ("NATS", version(&tools.program("nats-server")?)?),
            ("Rust", version(Path::new("rustc"))?),
        ]))
    }

    pub(crate) fn facts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, fact)| (*name, fact.as_str()))
    }
}

fn processor() -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let text = fs::read_to_string("/proc/cpuinfo").context("reading /proc/cpuinfo")?;
    let model = field(&text, "model name").unwrap_or("unknown");
    let mhz = field(&text, "cpu MHz").unwrap_or("?");
    Ok(format!("{cores} cores, {model}, {mhz} MHz"))
}

fn memory() -> Result<String> {
    let text = fs::read_to_string("/proc/meminfo").context("reading /proc/meminfo")?;
    let kib: u64 = field(&text, "MemTotal")
        .and_then(|it| it.split_whitespace().next()?.parse().ok())
        .unwrap_or_default();
    Ok(format!("{} GiB", kib / 1024 / 1024))
}

fn system() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{}, Linux {}", name.unwrap_or("unknown").trim_matches('"'), kernel.trim())
}

/// What everybody here waits for at every commit.
fn disk() -> Result<String> {
    let mut file = tempfile::tempfile().context("a file to sync")?;
    let began = Instant::now();
    for _ in 0..SYNCS {
        file.write_all(&[0; 8192])?;
        file.sync_data()?;
    }
    let each: Duration = began.elapsed() / SYNCS;
    Ok(format!("8 KiB written and synced in {} µs", each.as_micros()))
}

fn version(program: &Path) -> Result<String> {
    let output = Command::new(program).arg("--version").output();
    let output = output.with_context(|| format!("starting {}", program.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// `name : value` of /proc.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
}
