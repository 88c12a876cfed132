//! The node: control plane, kubelet and proxy in namespaces of their own.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::layout::Layout;
use crate::programs::Programs;

/// Starts the node and waits until it is ready.
///
/// # Errors
/// It does not become ready; the message says what was waited for.
pub async fn up(_layout: &Layout, _programs: &Programs) -> Result<()> {
    bail!("not built yet")
}

/// Ends everything of the cluster. One that is not up is no error.
///
/// # Errors
/// Something is left.
pub fn down(_layout: &Layout) -> Result<()> {
    bail!("not built yet")
}

/// Runs a command in the cluster's namespaces, with its programs on the path.
///
/// # Errors
/// There is no cluster, or no such command.
pub fn run(_layout: &Layout, _command: &[OsString]) -> Result<ExitCode> {
    bail!("not built yet")
}

/// The first process in the cluster's namespaces, which keeps the others running.
///
/// # Errors
/// The node cannot be set up.
pub async fn init(_layout: &Layout) -> Result<()> {
    bail!("not built yet")
}
