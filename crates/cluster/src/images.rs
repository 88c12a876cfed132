//! The images the cluster runs.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::layout::Layout;
use crate::programs::Programs;

/// What holds a pod's namespaces.
pub const PAUSE: &str = "localhost/pause:1";
/// Where Istio's images are said to come from.
pub const ISTIO_HUB: &str = "localhost";
/// The tag of Istio's images: `localhost/pilot:1`, `localhost/proxyv2:1`.
pub const ISTIO_TAG: &str = "1";
/// Boxoffice itself, without a tag.
pub const BOXOFFICE: &str = "localhost/boxoffice";

/// Writes the images the cluster needs to be one (pause, pilot, proxyv2) into the layout's directory of images.
///
/// # Errors
/// A file to put into one is missing.
pub fn write_system(_layout: &Layout, _programs: &Programs) -> Result<Vec<PathBuf>> {
    bail!("not built yet")
}

/// Builds the release binary and writes `target/image/boxoffice.tar`, whose path it gives; the image is called
/// `localhost/boxoffice:<tag>`.
///
/// # Errors
/// It does not compile, or cannot be written.
pub fn write_boxoffice(_layout: &Layout, _tag: &str) -> Result<PathBuf> {
    bail!("not built yet")
}
