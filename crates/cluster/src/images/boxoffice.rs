//! Boxoffice's own image: one static binary and nothing to run beside it. The Dockerfile makes the same.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::{AUTHORITIES, authorities, libraries};
use crate::layout::Layout;
use crate::oci::{Image, Start, Written};

/// Boxoffice's image, without a tag.
pub const BOXOFFICE: &str = "localhost/boxoffice";

/// Who its process is: nobody of the machine's.
const USER: u64 = 65532;
const PASSWD: &str = "boxoffice:x:65532:65532::/data:/none\n";
const GROUP: &str = "boxoffice:x:65532:\n";
/// Without it glibc asks DNS before it looks at /etc/hosts.
const NAMES: &str = "hosts: files dns\n";

/// Optimised and static, so that an empty image can run it; docs/adr/0016 says why it is glibc all the same.
const BUILD: [&str; 5] = ["build", "--locked", "--release", "--package", "boxoffice"];
const STATIC: &str = "-C target-feature=+crt-static";

/// What an image may weigh.
const LARGEST: u64 = 60_000_000;

/// What cargo builds for the tests, too: with `--workspace`, for it unites the features of what it selects.
const BUILD_DEV: [&str; 4] = ["build", "--workspace", "--bin", "boxoffice"];

/// Writes `target/image/boxoffice.tar`; the image is called `localhost/boxoffice:<tag>`. Without a static binary that is
/// there already, one is built.
///
/// # Errors
/// It does not compile, is not static or too large, or cannot be written.
pub fn write_boxoffice(layout: &Layout, tag: &str, binary: Option<&Path>) -> Result<Written> {
    let binary = binary.map_or_else(|| build(layout), |binary| Ok(binary.to_owned()))?;
    let needed = libraries(&[&binary])?;
    ensure!(needed.is_empty(), "{} is not static: it needs {needed:?}", binary.display());
    let written = write(layout, image(layout, tag, &binary)?)?;
    let Written { name, size, .. } = &written;
    ensure!(*size < LARGEST, "{name} has {size} bytes, more than {LARGEST}");
    Ok(written)
}

/// Writes the same image around the binary that the tests run, with the libraries it needs beside it: nothing is to be
/// compiled for it that the tests have not compiled.
///
/// # Errors
/// It does not compile, or cannot be written.
pub fn write_boxoffice_dev(layout: &Layout, tag: &str) -> Result<Written> {
    cargo(layout, &BUILD_DEV, &[])?;
    let binary = layout.target().join("debug/boxoffice");
    let mut image = image(layout, tag, &binary)?;
    for library in libraries(&[&binary])? {
        image = image.copy(&library, &library, 0o755);
    }
    write(layout, image)
}

fn image(layout: &Layout, tag: &str, binary: &Path) -> Result<Image> {
    Ok(Image::new(format!("{BOXOFFICE}:{tag}"), start(tag, &revision(layout)))
        .copy(binary, "/boxoffice", 0o755)
        .copy(authorities()?, AUTHORITIES, 0o644)
        .text("/etc/passwd", PASSWD)
        .text("/etc/group", GROUP)
        .text("/etc/nsswitch.conf", NAMES)
        .directory("/data", 0o700, USER)
        .directory("/tmp", 0o1777, 0))
}

fn write(layout: &Layout, image: Image) -> Result<Written> {
    let directory = layout.target().join("image");
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("making {}", directory.display()))?;
    let written = image.write(&directory.join("boxoffice.tar"))?;
    let Written { name, path, digest, size } = &written;
    println!("{name} {digest}\n{:.1} MB in {}", megabytes(*size), path.display());
    Ok(written)
}

/// How its container is started. A database, streams and peers are given to it from outside.
fn start(version: &str, revision: &str) -> Start {
    let owned = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    Start {
        user: format!("{USER}:{USER}"),
        entrypoint: vec!["/boxoffice".to_owned()],
        env: owned(&[("BOXOFFICE_DATA_DIR", "/data"), ("BOXOFFICE_LISTEN", "0.0.0.0:8080")]),
        ports: [8080, 9464].into(),
        labels: owned(&[
            ("org.opencontainers.image.title", "Boxoffice"),
            (
                "org.opencontainers.image.description",
                "Sells tickets for films and stage shows, and films to watch at home",
            ),
            ("org.opencontainers.image.licenses", "Apache-2.0"),
            ("org.opencontainers.image.version", version),
            ("org.opencontainers.image.revision", revision),
        ]),
    }
}

fn build(layout: &Layout) -> Result<PathBuf> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let words = [&BUILD[..], &["--target", &target]].concat();
    cargo(layout, &words, &[("RUSTFLAGS", STATIC)])?;
    Ok(layout.target().join(target).join("release/boxoffice"))
}

fn cargo(layout: &Layout, words: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    let mut cargo = layout.cargo();
    cargo.args(words).envs(environment.iter().copied());
    let status = cargo.status().context("starting cargo")?;
    ensure!(status.success(), "the binary was not built");
    Ok(())
}

/// The commit it is built from, if anybody knows.
fn revision(layout: &Layout) -> String {
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]);
    let said = git.current_dir(layout.checkout()).stderr(Stdio::null()).output();
    let known = said.ok().filter(|said| said.status.success());
    known.map_or_else(
        || "unknown".to_owned(),
        |said| String::from_utf8_lossy(&said.stdout).trim().to_owned(),
    )
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests;
