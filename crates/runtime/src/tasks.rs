//! Work that belongs to the server, not to the caller who started it.

use std::future::Future;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// Starts work that goes on when its caller has gone, and that a shutdown waits for.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
}

/// Says when background work is to end: after the last request and the last task.
#[derive(Clone, Debug, Default)]
pub struct Stopping {
    token: CancellationToken,
}

// === impl Tasks ===

impl Tasks {
    /// Runs `future` to its end, whatever becomes of the returned handle. It stays in the current span.
    pub fn spawn<T>(&self, future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T>
    where
        T: Send + 'static,
    {
        self.tracker.spawn(future.in_current_span())
    }

    /// Waits until none is running.
    pub(crate) async fn finished(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// How many are running.
    pub(crate) fn running(&self) -> usize {
        self.tracker.len()
    }
}

// === impl Stopping ===

impl Stopping {
    /// Whether it is time to end.
    pub fn is_stopping(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until it is time to end.
    pub async fn stopped(&self) {
        self.token.cancelled().await;
    }

    pub(crate) fn stop(&self) {
        self.token.cancel();
    }

    /// For whoever waits for a token.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }
}
