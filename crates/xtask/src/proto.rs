//! The protos: their style, and that no release breaks the one before.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::paths::Paths;
use crate::tools::Tools;

/// The descriptors of the last release.
const RELEASE: &str = "proto/release.binpb";

/// Lints the protos and compares them with the last release, once there is one.
pub(crate) fn checks(paths: &Paths) -> Result<Vec<Command>> {
    let mut checks = vec![buf(paths, &["lint"])?];
    if paths.root.join(RELEASE).is_file() {
        checks.push(buf(paths, &["breaking", "proto", "--against", RELEASE])?);
    } else {
        println!("no {RELEASE} yet: nothing to break");
    }
    Ok(checks)
}

/// Writes the present protos down as the last release.
pub(crate) fn write_image(paths: &Paths) -> Result<()> {
    let status =
        buf(paths, &["build", "proto", "--exclude-source-info", "--output", RELEASE])?.status()?;
    ensure!(status.success(), "buf build: {status}");
    println!("wrote {RELEASE}");
    Ok(())
}

fn buf(paths: &Paths, arguments: &[&str]) -> Result<Command> {
    let mut buf = paths.command(Tools::read(paths)?.binary("buf", paths)?);
    buf.args(arguments);
    Ok(buf)
}
