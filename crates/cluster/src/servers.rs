//! The stores and other servers beside the cluster's pods.

use anyhow::{Result, bail};

use crate::layout::Layout;

/// Starts them, and makes them known in the cluster.
///
/// # Errors
/// One does not start.
pub async fn up(_layout: &Layout) -> Result<()> {
    bail!("not built yet")
}
