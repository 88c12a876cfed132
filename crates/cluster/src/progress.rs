//! What was done, how long it took, and how long we wait.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Error, Result};

/// Does it, and says what it was and how long it took.
///
/// # Errors
/// What went wrong, and during what.
pub async fn step<T>(what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let began = Instant::now();
    let done = work.await.with_context(|| what.to_owned())?;
    println!("{:7.1} s  {what}", began.elapsed().as_secs_f64());
    Ok(done)
}

/// Tries until it works.
///
/// # Errors
/// What was wrong the last time, when it has not worked for so long.
pub async fn eventually<T>(
    patience: Duration,
    mut attempt: impl AsyncFnMut() -> Result<T>,
) -> Result<T> {
    let began = Instant::now();
    loop {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) if began.elapsed() > patience => {
                return Err(error.context(format!("gave up after {} s", patience.as_secs())));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// The error with the end of the logs that explain it.
pub(crate) fn with_logs(error: Error, logs: &Path, names: &[impl AsRef<str>]) -> Error {
    let names = names.iter().map(AsRef::as_ref).collect::<BTreeSet<_>>();
    let ends = names.iter().map(|name| {
        let log = logs.join(format!("{name}.log"));
        format!("the end of {}:\n{}", log.display(), last_lines(&log))
    });
    let ends = ends.collect::<Vec<_>>().join("\n");
    anyhow::anyhow!("{error:#}\n{ends}")
}

fn last_lines(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_gives_up_says_what_was_wrong_and_how_the_log_ends() {
        let directory = tempfile::tempdir().unwrap();
        let lines = (0..50).map(|line| format!("line {line}\n")).collect::<String>();
        fs::write(directory.path().join("etcd.log"), lines).unwrap();
        let never = async || -> Result<()> { anyhow::bail!("no answer") };
        let error = eventually(Duration::ZERO, never).await.unwrap_err();
        let said = with_logs(error, directory.path(), &["etcd"]).to_string();
        assert!(said.starts_with("gave up after 0 s: no answer\n"), "{said}");
        assert!(said.ends_with("line 48\nline 49") && !said.contains("line 29\n"), "{said}");
    }
}
