//! Named steps of the work, at any of which a test may end the process: a crash in earnest.

use std::sync::OnceLock;

static ABORT_AT: OnceLock<String> = OnceLock::new();

/// From now on the process aborts at this point: `before:hold`, `after:hold` … Only the first call counts.
pub fn abort_at(point: String) {
    let _ = ABORT_AT.set(point);
}

/// The step is about to be taken.
pub fn before(step: &str) {
    pass("before:", step);
}

/// The step was taken.
pub fn after(step: &str) {
    pass("after:", step);
}

fn pass(side: &str, step: &str) {
    if ABORT_AT.get().and_then(|point| point.strip_prefix(side)).is_some_and(|at| at == step) {
        std::process::abort();
    }
}
