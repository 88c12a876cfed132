//! A loop that never ends on an error: backs off, and logs a change of state once.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Whether a loop is well.
#[derive(Debug)]
pub(crate) struct Steady {
    what: String,
    /// `None`: all is well.
    pause: Option<Duration>,
}

// === impl Steady ===

impl Steady {
    pub(crate) fn new(what: String) -> Self {
        Self { what, pause: None }
    }

    pub(crate) fn well(&mut self) {
        if self.pause.take().is_some() {
            tracing::info!(what = self.what, "works again");
        }
    }

    /// Waits a while, longer each time in a row; a stop ends the wait.
    pub(crate) async fn unwell(&mut self, error: &str, stopping: &CancellationToken) {
        let pause = match self.pause {
            None => {
                tracing::warn!(what = self.what, error, "does not work, trying on");
                FIRST
            }
            Some(last) => {
                tracing::debug!(what = self.what, error, "still does not work");
                LONGEST.min(last * 2)
            }
        };
        self.pause = Some(pause);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stopping.cancelled() => {}
        }
    }
}
