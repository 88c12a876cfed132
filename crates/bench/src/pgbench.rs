//! The floor to compare with: PostgreSQL's own benchmark, on the same machine in the same minutes.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use boxoffice_testkit::servers::{Postgres, Tools};
use tokio::process::Command;

use crate::usage::{Cpu, Usage};

/// What pgbench came to with so many clients.
#[derive(Clone, Debug)]
pub(crate) struct Floor {
    pub(crate) clients: usize,
    pub(crate) per_second: f64,
    /// The mean; pgbench has no percentiles without a log.
    pub(crate) latency_ms: f64,
    pub(crate) cpu: Cpu,
}

/// Rows of its smallest table: the branches that clients wait for each other at.
const SCALE: &str = "10";

/// A cluster of its own, which syncs what it commits.
#[derive(Debug)]
pub(crate) struct Pgbench {
    postgres: Postgres,
    url: String,
}

// === impl Pgbench ===

impl Pgbench {
    pub(crate) async fn start() -> Result<Self> {
        let postgres = Postgres::start().await?;
        let url = postgres.database().await?;
        let bench = Self { postgres, url };
        bench.run(&["-i", "-q", "-s", SCALE]).await?;
        Ok(bench)
    }

    pub(crate) async fn measure(
        &self,
        clients: usize,
        warm_up: Duration,
        span: Duration,
    ) -> Result<Floor> {
        let clients_text = clients.to_string();
        let flags = |span: Duration| {
            let seconds = span.as_secs().to_string();
            ["-n", "-c", &clients_text, "-j", "2", "-T", &seconds].map(str::to_owned)
        };
        self.run(&flags(warm_up)).await?;
        let before = Usage::now()?;
        let said = self.run(&flags(span)).await?;
        let usage = Usage::now()?.since(&before);
        let per_second = number(&said, "tps = ")?;
        Ok(Floor {
            clients,
            per_second,
            latency_ms: number(&said, "latency average = ")?,
            cpu: usage.each(per_second * span.as_secs_f64()),
        })
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        self.postgres.stop().await
    }

    async fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Result<String> {
        let mut command = Command::new(Tools::find().postgres("pgbench")?);
        let output = command.args(arguments).arg(&self.url).kill_on_drop(true).output().await?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "pgbench: {errors}");
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The number after `label`.
fn number(said: &str, label: &str) -> Result<f64> {
    let rest = said.split(label).nth(1).and_then(|rest| rest.split_whitespace().next());
    let number = rest.with_context(|| format!("pgbench does not say `{label}`:\n{said}"))?;
    Ok(number.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_found() {
        let said = "latency average = 9.319 ms\ninitial connection time = 34.1 ms\n\
                    tps = 3433.967042 (without initial connection time)\n";
        assert_eq!(number(said, "tps = ").unwrap(), 3433.967042);
        assert_eq!(number(said, "latency average = ").unwrap(), 9.319);
        assert!(number(said, "loss = ").is_err());
    }
}
