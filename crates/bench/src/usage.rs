//! What the processes of this run have used, by name: processor time and memory, from /proc.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};

/// Processor time used so far.
#[derive(Clone, Debug)]
pub(crate) struct Usage {
    ticks: BTreeMap<String, u64>,
}

/// Microseconds of processor time for each booking or transaction, by process.
pub(crate) type Cpu = BTreeMap<String, f64>;

/// One process of ours, from its `stat`.
#[derive(Debug, PartialEq, Eq)]
struct Process {
    pid: u32,
    parent: u32,
    command: String,
    ticks: u64,
    /// Of its children that have ended.
    ended: u64,
}

/// The kernel counts in hundredths of a second, whatever its own clock (`getconf CLK_TCK`).
const TICK_US: u64 = 10_000;

/// The servers; shells that only wait for them do not count.
const SERVERS: [&str; 3] = ["boxoffice", "postgres", "nats-server"];

/// How this process is called.
pub(crate) const CALLERS: &str = "callers";

/// While anything is measured, no other process of ours ends.
const PGBENCH: &str = "pgbench";

// === impl Usage ===

impl Usage {
    /// Of this process, which is the callers, and of all that descend from it.
    pub(crate) fn now() -> Result<Self> {
        let mut ticks = BTreeMap::new();
        for process in ours()? {
            if process.is_this() {
                ticks.insert(CALLERS.to_owned(), process.ticks);
                ticks.insert(PGBENCH.to_owned(), process.ended);
            } else if let Some(name) = process.name() {
                // A connection of PostgreSQL is a process, and may have ended.
                *ticks.entry(name).or_default() += process.ticks + process.ended;
            }
        }
        Ok(Self { ticks })
    }

    /// What was used since `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let spent = |(name, now): (&String, &u64)| {
            let then = before.ticks.get(name).copied().unwrap_or_default();
            (name.clone(), now.saturating_sub(then))
        };
        Self { ticks: self.ticks.iter().map(spent).collect() }
    }

    /// Divided by how often something was done.
    pub(crate) fn each(&self, times: f64) -> Cpu {
        let each = |ticks: u64| (ticks * TICK_US) as f64 / times.max(1.0);
        let used = self.ticks.iter().filter(|(_, ticks)| **ticks > 0);
        used.map(|(name, ticks)| (name.clone(), each(*ticks))).collect()
    }
}

/// Resident memory of every process of ours, in KiB. What PostgreSQL's processes share is counted once each.
pub(crate) fn memory() -> Result<BTreeMap<String, u64>> {
    let mut memory = BTreeMap::new();
    for process in ours()? {
        if let Some(name) = process.name() {
            *memory.entry(name).or_default() += resident(process.pid).unwrap_or_default();
        }
    }
    Ok(memory)
}

/// This process and its descendants.
fn ours() -> Result<Vec<Process>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc").context("reading /proc")?.flatten() {
        if entry.file_name().to_string_lossy().parse::<u32>().is_ok() {
            // One that has just ended has no file any more.
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            all.extend(Process::read(&stat));
        }
    }
    let mut family = vec![std::process::id()];
    let mut grown = true;
    while grown {
        let known = family.len();
        let children = all.iter().filter(|it| family.contains(&it.parent)).map(|it| it.pid);
        let children: Vec<_> = children.filter(|pid| !family.contains(pid)).collect();
        family.extend(children);
        grown = family.len() > known;
    }
    all.retain(|it| family.contains(&it.pid));
    Ok(all)
}

fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The context that a `boxoffice` serves alone, from its flags.
fn context(pid: u32) -> Option<String> {
    let words = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words = String::from_utf8_lossy(&words);
    let mut words = words.split('\0');
    words.find(|word| *word == "--context")?;
    words.next().map(str::to_owned)
}

// === impl Process ===

impl Process {
    /// `pid (command) state ppid …`: see proc(5).
    fn read(stat: &str) -> Option<Self> {
        let (head, tail) = stat.rsplit_once(") ")?;
        let (pid, command) = head.split_once(" (")?;
        let fields: Vec<&str> = tail.split_whitespace().collect();
        let number = |field: usize| fields.get(field).and_then(|it| it.parse::<u64>().ok());
        Some(Self {
            pid: pid.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            command: command.to_owned(),
            ticks: number(11)? + number(12)?,
            ended: number(13)? + number(14)?,
        })
    }

    fn is_this(&self) -> bool {
        self.pid == std::process::id()
    }

    /// What it is reported as, if it is.
    fn name(&self) -> Option<String> {
        if self.is_this() {
            return Some(CALLERS.to_owned());
        }
        SERVERS.contains(&self.command.as_str()).then(|| match context(self.pid) {
            Some(context) => format!("{} {context}", self.command),
            None => self.command.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_is_read_whatever_the_command_is_called() {
        let stat = "42 (a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 9 0 5 6 7\n";
        let process = Process::read(stat).unwrap();
        let command = "a (b) c".to_owned();
        assert_eq!(process, Process { pid: 42, parent: 7, command, ticks: 120, ended: 7 });
        assert_eq!(Process::read(""), None);
    }

    #[test]
    fn this_process_is_the_callers() {
        assert!(memory().unwrap()[CALLERS] > 1000);
        let usage = Usage::now().unwrap();
        assert!(usage.since(&usage).each(1.0).is_empty());
    }
}
