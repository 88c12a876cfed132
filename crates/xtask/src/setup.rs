//! Brings in what the tests start. What is already there costs nothing.

mod install;

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::paths::Paths;
use crate::tools::{Need, Tool, Tools};

/// Says which tools are there, and is an error if one is not.
pub(crate) fn check(paths: &Paths) -> Result<()> {
    let mut missing = Vec::new();
    for tool in Tools::read(paths)?.needed(Need::Tests) {
        match tool.installed(paths) {
            Some(place) => println!("  {tool:<26} {}", place.display()),
            None => {
                println!("  {tool:<26} is missing");
                missing.push(tool.to_string());
            }
        }
    }
    if !missing.is_empty() {
        bail!("missing: {}; run `cargo xtask setup`", missing.join(", "));
    }
    Ok(())
}

/// Installs every tool that is needed and missing; one that cannot be had does not keep the others from coming.
pub(crate) fn install(paths: &Paths, need: Need) -> Result<()> {
    let mut failures = Vec::new();
    for tool in Tools::read(paths)?.needed(need) {
        if let Err(error) = provide(tool, paths) {
            println!("  {tool:<26} {error:#}");
            failures.push(tool.to_string());
        }
    }
    if !failures.is_empty() {
        bail!("could not install {}: the reasons are above", failures.join(", "));
    }
    Ok(())
}

fn provide(tool: &Tool, paths: &Paths) -> Result<()> {
    if let Some(place) = tool.installed(paths) {
        println!("  {tool:<26} ready");
        return link(&tool.name, &place, paths);
    }
    println!("  {tool:<26} installing …");
    std::io::stdout().flush()?;
    let began = Instant::now();
    install::install(tool, paths)?;
    let place = tool.installed(paths).context("installed, but not where it is looked for")?;
    println!("  {tool:<26} installed in {:.0} s", began.elapsed().as_secs_f32());
    link(&tool.name, &place, paths)
}

/// Points `target/tools/<name>` at the tool, in one step, so that a running test never misses it.
fn link(name: &str, place: &Path, paths: &Paths) -> Result<()> {
    let directory = paths.tools();
    let link = directory.join(name);
    if fs::read_link(&link).is_ok_and(|present| present == place) {
        return Ok(());
    }
    fs::create_dir_all(&directory)?;
    let fresh = directory.join(format!(".{name}-{}", std::process::id()));
    symlink(place, &fresh).with_context(|| format!("linking {}", fresh.display()))?;
    fs::rename(&fresh, &link).with_context(|| format!("replacing {}", link.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_follows_its_tool_to_another_version() {
        let scratch = tempfile::tempdir().unwrap();
        let paths = Paths { target: scratch.path().to_owned(), ..Paths::find().unwrap() };
        for version in ["/old", "/old", "/new"] {
            link("tool", Path::new(version), &paths).unwrap();
            assert_eq!(fs::read_link(paths.tools().join("tool")).unwrap(), Path::new(version));
        }
        assert_eq!(fs::read_dir(paths.tools()).unwrap().count(), 1);
    }
}
