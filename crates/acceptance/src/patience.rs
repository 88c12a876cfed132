//! Waiting for what follows by itself.

use std::future::Future;
use std::time::{Duration, Instant};

/// How long anything that follows by itself may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(50);

/// Asks until there is an answer.
///
/// # Panics
/// There is none within [`PATIENCE`].
pub async fn eventually<T, F>(what: &str, ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    eventually_within(PATIENCE, what, ask).await
}

/// Asks for so long until there is an answer.
///
/// # Panics
/// There is none.
pub async fn eventually_within<T, F>(
    patience: Duration,
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T
where
    F: Future<Output = Option<T>>,
{
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < patience, "it does not come about that {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks for so long whether it is still true.
///
/// # Panics
/// It is not.
pub async fn stays<F>(what: &str, so_long: Duration, mut ask: impl FnMut() -> F)
where
    F: Future<Output = bool>,
{
    let began = Instant::now();
    while began.elapsed() < so_long {
        assert!(ask().await, "it does not stay true that {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
