//! A server's process, which never outlives the test that started it.
//!
//! The process hangs on a shell that reads from a pipe only we hold. A line there is a signal to hand on. When
//! the pipe closes, because the handle was dropped or because we died of whatever cause, the shell ends the
//! server and removes its directory.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::scratch::Scratch;
use super::server;

/// How long a server may take to answer, and to end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Arguments: the signal that ends the server at once, its directory, then its command.
const WATCHDOG: &str = r#"
last=$1 scratch=$2
shift 2
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(
    while read -r signal <&3; do kill -s "$signal" "$server"; done
    trap '' TERM
    kill -s "$last" "$server"
    tries=0
    while kill -0 "$server" && [ $((tries += 1)) -le 50 ]; do sleep 0.1; done
    kill -s KILL "$server"
    rm -rf "$scratch"
) 2>/dev/null &
reader=$!
exec 3<&-
wait "$server"
status=$?
kill -s TERM "$reader" 2>/dev/null
exit "$status"
"#;

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    watchdog: Child,
}

/// What a server is told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signal {
    /// End in an orderly way.
    Term,
    /// Postgres: end in an orderly way, without waiting for clients.
    Int,
    /// Postgres: end at once, as if it had crashed.
    Quit,
    /// End without a chance to do anything.
    Kill,
}

// === impl Process ===

impl Process {
    /// Starts a command in its scratch directory.
    pub(crate) fn start(command: &server::Command, scratch: &Scratch) -> Result<Self> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(scratch.log())
            .context("opening the log")?;
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", WATCHDOG, "watchdog", command.at_once.name()])
            .arg(scratch.path())
            .arg(&command.program)
            .args(&command.arguments)
            .current_dir(scratch.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A Ctrl-C is for the test; we hear of its end by the pipe.
            .process_group(0);
        if let Some(owner) = scratch.owner() {
            shell.uid(owner.uid).gid(owner.gid);
        }
        let watchdog = shell.spawn().with_context(|| format!("starting {}", command.name))?;
        Ok(Self { name: command.name, watchdog })
    }

    /// Hands the server a signal that ends it, and waits for the end.
    pub(crate) async fn end(mut self, signal: Signal) -> Result<()> {
        self.tell(signal)?;
        self.ended().await.map(drop)
    }

    /// Hands the server a signal.
    pub(crate) fn tell(&mut self, signal: Signal) -> Result<()> {
        let pipe = self.watchdog.stdin.as_mut().context("the watchdog has no pipe")?;
        writeln!(pipe, "{}", signal.name())
            .with_context(|| format!("{} has already ended", self.name))
    }

    /// Waits for the end. A server that died of signal `n` has the exit code 128 + `n`.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.watchdog.try_wait()? {
                return Ok(status);
            }
            if began.elapsed() > PATIENCE {
                bail!("{} does not end", self.name);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.watchdog.try_wait()?.is_some())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        // The watchdog kills a server that will not end by itself, so this ends too.
        self.watchdog.wait().ok();
    }
}

// === impl Signal ===

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Self::Term => "TERM",
            Self::Int => "INT",
            Self::Quit => "QUIT",
            Self::Kill => "KILL",
        }
    }
}
