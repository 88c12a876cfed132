//! The binary under test, and commands run to their end.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

/// What a command came to.
#[derive(Clone, Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// No command takes longer than the longest `--settle`, and a bit.
const PATIENCE: Duration = Duration::from_secs(120);

// === impl Output ===

impl Output {
    /// All it printed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs `boxoffice` with these arguments in a directory, to its end.
///
/// # Errors
/// It is not built, or does not end.
pub async fn boxoffice<S: AsRef<OsStr>>(directory: &Path, arguments: &[S]) -> Result<Output> {
    boxoffice_with(directory, arguments, &[]).await
}

/// As [`boxoffice`], with more in its environment.
///
/// # Errors
/// As [`boxoffice`].
pub async fn boxoffice_with<S: AsRef<OsStr>>(
    directory: &Path,
    arguments: &[S],
    environment: &[(&str, &str)],
) -> Result<Output> {
    let mut command = Command::new(find()?);
    command.envs(environment.iter().copied());
    command.args(arguments).current_dir(directory).stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.context("the command does not end")?.context("starting boxoffice")?;
    Ok(Output {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// `BOXOFFICE_BIN`, else the one cargo has built beside this test.
pub(crate) fn find() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("BOXOFFICE_BIN").filter(|it| !it.is_empty()) {
        let given = PathBuf::from(given);
        if given.is_file() {
            return Ok(given);
        }
        bail!("BOXOFFICE_BIN is {}, which is not there: {BUILD}", given.display());
    }
    let test = std::env::current_exe().context("finding the test's own file")?;
    let beside = test.ancestors().skip(1).take(2).map(|it| it.join("boxoffice"));
    beside.into_iter().find(|it| it.is_file()).with_context(|| format!("no boxoffice: {BUILD}"))
}

const BUILD: &str = "run `cargo build -p boxoffice`";
