//! The tests that need a cluster.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::layout::Layout;

/// Runs those whose names have one of the filters in them; all without a filter.
///
/// # Errors
/// The cluster does not come up.
pub async fn run(_layout: &Layout, _filters: &[String]) -> Result<ExitCode> {
    bail!("not built yet")
}
