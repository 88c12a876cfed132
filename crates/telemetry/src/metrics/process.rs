//! What the process itself takes, looked up when it is asked for.

use std::fmt;
use std::fs;
use std::time::Instant;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

#[derive(Debug)]
pub(super) struct Process {
    began: Instant,
}

// === impl Process ===

impl Process {
    pub(super) fn new() -> Self {
        Self { began: Instant::now() }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut show = |name: &str, help: &str, unit: Unit, value: f64| {
            let value = ConstGauge::new(value);
            value.encode(encoder.encode_descriptor(name, help, Some(&unit), value.metric_type())?)
        };
        let uptime = self.began.elapsed().as_secs_f64();
        show("process_uptime", "How long the process has run.", Unit::Seconds, uptime)?;
        match resident() {
            Some(bytes) => {
                show("process_memory_usage", "Memory the process has.", Unit::Bytes, bytes)
            }
            None => Ok(()),
        }
    }
}

/// Linux says so; others are asked by what runs the process.
fn resident() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}
