//! One way of installing per kind of package.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};

use crate::paths::Paths;
use crate::tools::{Installer, Tool, on_path};

/// The oldest Go that fetches, by itself, the newer one a module asks for.
const OLDEST_GO: (u32, u32) = (1, 21);

/// Set once apt knows what there is.
static UPDATED: OnceLock<()> = OnceLock::new();

/// Starts a module of Python's, or a script, out of the directory beside it; which one follows.
const LAUNCHER: &str = r#"#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
PYTHONPATH="$here/lib" exec python3"#;

/// Installs a tool. Nothing half-installed is ever taken for the tool: it appears by one rename.
pub(super) fn install(tool: &Tool, paths: &Paths) -> Result<()> {
    if tool.installer == Installer::Apt {
        return apt(&tool.package);
    }
    let fresh = paths.cache.join(format!(".{}-{}", tool.name, std::process::id()));
    fs::create_dir_all(&fresh).with_context(|| format!("making {}", fresh.display()))?;
    let outcome = fill(tool, paths, &fresh).and_then(|()| {
        let place = tool.directory(paths);
        match fs::rename(&fresh, &place) {
            // Another set-up was faster.
            Err(_) if tool.installed(paths).is_some() => Ok(()),
            renamed => renamed.with_context(|| format!("moving to {}", place.display())),
        }
    });
    // Not there any more where all went well.
    fs::remove_dir_all(&fresh).ok();
    outcome
}

/// Puts the tool into a new directory, its binary at the top under the tool's name.
fn fill(tool: &Tool, paths: &Paths, fresh: &Path) -> Result<()> {
    match tool.installer {
        Installer::Apt => apt(&tool.package),
        Installer::Go => go(tool, paths, fresh),
        Installer::Npm => npm(tool, fresh),
        Installer::Pip => pip(tool, fresh),
        Installer::Cargo => cargo(tool, paths, fresh),
    }
}

fn go(tool: &Tool, paths: &Paths, fresh: &Path) -> Result<()> {
    if on_path("go").is_none() && !distribution_go_is_old() {
        require("go", "golang-go")?;
    }
    let said =
        Command::new("go").arg("version").output().map(|output| output.stdout).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let (major, minor) = OLDEST_GO;
    ensure!(
        go_version(&said).is_some_and(|version| version >= OLDEST_GO),
        "install Go {major}.{minor} or newer and put it on the PATH; found: {}",
        if said.is_empty() { "none" } else { said.trim() }
    );
    let module = paths.root.join("third_party/go").join(&tool.name);
    if module.is_dir() {
        return go_module(tool, &module, fresh);
    }
    let wanted = format!("{}@{}", tool.package, tool.version);
    succeed(Command::new("go").args(["install", &wanted]).env("GOBIN", fresh).current_dir(fresh))?;
    // Go names the binary after the package's last directory.
    let built = fs::read_dir(fresh)?.next().context("go built nothing")??;
    Ok(fs::rename(built.path(), fresh.join(&tool.name))?)
}

/// A tool that `go install` cannot build, because it needs replacements: its module, with every checksum, is ours.
fn go_module(tool: &Tool, module: &Path, fresh: &Path) -> Result<()> {
    let pinned = fs::read_to_string(module.join("go.mod"))?;
    let wanted = &tool.version;
    ensure!(pinned.contains(wanted.as_str()), "{} does not ask for {wanted}", module.display());
    println!("  {tool:<26} is built from source, which takes some minutes …");
    let binary = fresh.join(&tool.name);
    let mut build = Command::new("go");
    build.args(["build", "-trimpath", "-ldflags=-s -w", "-o"]).arg(binary).arg(&tool.package);
    succeed(build.current_dir(module))
}

/// Whether the distribution's Go is known to be too old to be worth installing, as that of Debian 12 is.
fn distribution_go_is_old() -> bool {
    let policy = Command::new("apt-cache").args(["policy", "golang-go"]).output();
    let policy = policy.map(|output| output.stdout).unwrap_or_default();
    candidate(&String::from_utf8_lossy(&policy)).is_some_and(|version| version < OLDEST_GO)
}

/// Reads `  Candidate: 2:1.24~2`.
fn candidate(policy: &str) -> Option<(u32, u32)> {
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    let mut numbers = version.split(|character: char| !character.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Reads `go version go1.26.8 linux/amd64`.
fn go_version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.split(' ').nth(2)?.strip_prefix("go")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn npm(tool: &Tool, fresh: &Path) -> Result<()> {
    require("npm", "npm")?;
    let wanted = format!("{}@{}", tool.package, tool.version);
    let quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", "--loglevel=error"];
    succeed(Command::new("npm").arg("install").args(quiet).arg("--prefix").arg(fresh).arg(wanted))?;
    let library = fresh.join("node_modules").join(&tool.package).join("package.json");
    let place = platform_binary(&tool.package, &tool.name, fresh)?.unwrap_or(library);
    ensure!(place.is_file(), "npm brought no {}", place.display());
    Ok(std::os::unix::fs::symlink(place.strip_prefix(fresh)?, fresh.join(&tool.name))?)
}

/// The native binary lies in a package of its own per platform (`@bufbuild/buf-linux-x64`): started without Node. A library
/// has none.
fn platform_binary(package: &str, name: &str, fresh: &Path) -> Result<Option<PathBuf>> {
    let package = fresh.join("node_modules").join(package);
    let scope = package.parent().context("the package has no directory")?;
    for entry in fs::read_dir(scope)? {
        let binary = entry?.path().join("bin").join(name);
        if binary.is_file() && !binary.starts_with(&package) {
            return Ok(Some(binary));
        }
    }
    Ok(None)
}

/// Into a directory of its own, which the distribution's Python knows nothing of.
fn pip(tool: &Tool, fresh: &Path) -> Result<()> {
    require("python3", "python3")?;
    let pip = || {
        let mut python = Command::new("python3");
        python.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]);
        python
    };
    if !pip().arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("  pip is missing, installing python3-pip …");
        apt("python3-pip")?;
    }
    let wanted = format!("{}=={}", tool.package, tool.version);
    let mut install = pip();
    install.args(["install", "--quiet", "--root-user-action=ignore", &wanted, "--target"]);
    succeed(install.arg(fresh.join("lib")))?;
    // A wheel may bring a native binary, which is started without Python.
    let native = Path::new("lib").join(&tool.name).join("_bin").join(&tool.name);
    if fresh.join(&native).is_file() {
        return Ok(std::os::unix::fs::symlink(native, fresh.join(&tool.name))?);
    }
    let is_module = fresh.join("lib").join(&tool.package).join("__main__.py").is_file();
    let started = match is_module {
        true => format!("-m {}", tool.package),
        false => format!("\"$here/lib/bin/{}\"", tool.name),
    };
    let binary = fresh.join(&tool.name);
    fs::write(&binary, format!("{LAUNCHER} {started} \"$@\"\n"))?;
    Ok(fs::set_permissions(&binary, fs::Permissions::from_mode(0o755))?)
}

/// Unoptimised: it is run for seconds and compiled for minutes.
fn cargo(tool: &Tool, paths: &Paths, fresh: &Path) -> Result<()> {
    let wanted = format!("{}@{}", tool.package, tool.version);
    let mut install = paths.cargo();
    install
        .args(["install", "--quiet", "--locked", "--debug", "--no-track", &wanted, "--root"])
        .arg(fresh)
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_PROFILE_DEV_STRIP", "true")
        .env_remove("CARGO_TARGET_DIR");
    succeed(&mut install)?;
    Ok(fs::rename(fresh.join("bin").join(&tool.name), fresh.join(&tool.name))?)
}

/// Makes sure a program is there, by the distribution's package if it has to be.
fn require(program: &str, package: &str) -> Result<()> {
    if on_path(program).is_none() {
        println!("  {program} is missing, installing {package} …");
        apt(package)?;
        ensure!(on_path(program).is_some(), "{package} is installed, but brought no {program}");
    }
    Ok(())
}

fn apt(package: &str) -> Result<()> {
    let by_hand =
        format!("run this first: sudo apt-get update && sudo apt-get install -y {package}");
    ensure!(on_path("apt-get").is_some(), "install {package} with your system's package manager");
    ensure!(is_root()?, "{by_hand}");
    let run = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(["-q", "-o", "DPkg::Lock::Timeout=300"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        succeed(&mut apt).with_context(|| by_hand.clone())
    };
    // What there is does not change from one package to the next.
    if UPDATED.get().is_none() {
        run(&["update"])?;
        UPDATED.get_or_init(|| ());
    }
    run(&["install", "-y", "--no-install-recommends", package])
}

fn is_root() -> Result<bool> {
    let said = Command::new("id").arg("-u").output().context("asking who we are")?;
    Ok(said.stdout == b"0\n")
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {command:?}"))?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_go_is_told_from_a_new_one() {
        for (said, new_enough) in [
            ("go version go1.26.8 linux/amd64", true),
            ("go version go1.21 linux/arm64", true),
            ("go version go1.19.8 linux/amd64", false),
            ("no go at all", false),
        ] {
            assert_eq!(
                go_version(said).is_some_and(|version| version >= OLDEST_GO),
                new_enough,
                "{said}"
            );
        }
    }

    #[test]
    fn the_go_of_an_old_distribution_is_not_worth_installing() {
        assert_eq!(
            candidate("golang-go:\n  Installed: (none)\n  Candidate: 2:1.19~1\n"),
            Some((1, 19))
        );
        assert_eq!(candidate("  Candidate: 1.24"), Some((1, 24)));
        assert_eq!(candidate("  Candidate: (none)"), None);
    }
}
