//! What the binary is made of, as a `CycloneDX` 1.6 document: every crate that is compiled into it, with its licence, and the
//! checksum that Cargo.lock holds it to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::paths::Paths;

/// The binary's package.
const BINARY: &str = "boxoffice";

/// A crate as Cargo knows it: name and version.
type Id = (String, String);

/// What `cargo tree` says of the binary on this machine's target, with the features it is built with.
#[derive(Debug, Default)]
struct Tree {
    licences: BTreeMap<Id, String>,
    needs: BTreeMap<Id, BTreeSet<Id>>,
}

/// Writes it; where it lies then.
pub(crate) fn write(paths: &Paths) -> Result<PathBuf> {
    let document = document(paths)?;
    let directory = paths.target.join("sbom");
    fs::create_dir_all(&directory)?;
    let file = directory.join("boxoffice.cdx.json");
    fs::write(&file, serde_json::to_string_pretty(&document)? + "\n")?;
    Ok(file)
}

fn document(paths: &Paths) -> Result<Value> {
    let mut cargo = paths.cargo();
    // Procedural macros and what builds are left out: they are not in the binary.
    cargo.args(["tree", "--locked", "--package", BINARY, "--edges", "normal,no-proc-macro"]);
    cargo.args(["--prefix", "depth", "--format", "|{p}|{l}|"]);
    let said = cargo.output().context("cargo tree")?;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let tree = Tree::read(&String::from_utf8_lossy(&said.stdout))?;
    let checksums = checksums(&fs::read_to_string(paths.root.join("Cargo.lock"))?)?;

    let (binary, others): (Vec<_>, Vec<_>) = tree
        .licences
        .iter()
        .map(|(id, licence)| component(id, licence, checksums.get(id)))
        .partition(|it| it["name"] == BINARY);
    let needs = tree.needs.iter().map(|(id, needs)| {
        json!({"ref": purl(id), "dependsOn": needs.iter().map(purl).collect::<Vec<_>>()})
    });
    let mut binary = binary.into_iter().next().context("the binary is not in its own tree")?;
    binary["type"] = "application".into();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": binary},
        "components": others,
        "dependencies": needs.collect::<Vec<_>>(),
    }))
}

fn component(id: &Id, licence: &str, checksum: Option<&String>) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(id),
        "name": id.0,
        "version": id.1,
        "purl": purl(id),
        // Before SPDX expressions it was a slash.
        "licenses": [{"expression": licence.replace('/', " OR ")}],
    });
    if let Some(checksum) = checksum {
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    component
}

fn purl((name, version): &Id) -> String {
    format!("pkg:cargo/{name}@{version}")
}

/// By crate; those of this checkout have none.
fn checksums(lock: &str) -> Result<BTreeMap<Id, String>> {
    let lock: toml::Table = toml::from_str(lock)?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let packages = packages.context("Cargo.lock names no package")?;
    let known = packages.iter().filter_map(|package| {
        let text = |key: &str| package.get(key)?.as_str().map(str::to_owned);
        Some(((text("name")?, text("version")?), text("checksum")?))
    });
    Ok(known.collect())
}

// === impl Tree ===

impl Tree {
    /// Lines as `2|serde v1.0.228|MIT OR Apache-2.0|`, each below the one that needs it. What comes again is not told again.
    fn read(lines: &str) -> Result<Self> {
        let mut tree = Self::default();
        let mut above: Vec<Id> = Vec::new();
        for line in lines.lines() {
            let mut parts = line.split('|');
            let mut part = || parts.next().with_context(|| format!("not of a tree: {line}"));
            let depth: usize = part()?.parse().with_context(|| format!("no depth: {line}"))?;
            let mut words = part()?.split(' ');
            let name = words.next().unwrap_or_default().to_owned();
            let version = words.next().and_then(|it| it.strip_prefix('v'));
            let id = (name, version.with_context(|| format!("no version: {line}"))?.to_owned());
            let licence = part()?.to_owned();
            ensure!(!licence.is_empty(), "{} does not say its licence", id.0);
            above.truncate(depth);
            if let Some(needs) = above.last() {
                tree.needs.entry(needs.clone()).or_default().insert(id.clone());
            }
            tree.licences.insert(id.clone(), licence);
            above.push(id);
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_with_who_needs_whom() {
        let lines = "0|a v1.0.0 (/checkout/a)|MIT|\n1|b v2.0.0|MIT/ISC|\n2|c v3.0.0|0BSD|\n1|c v3.0.0|0BSD| (*)\n";
        let tree = Tree::read(lines).unwrap();
        let id = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        let (a, b, c) = (id("a", "1.0.0"), id("b", "2.0.0"), id("c", "3.0.0"));
        assert_eq!(tree.needs[&a], [b.clone(), c.clone()].into());
        assert_eq!(tree.needs[&b], [c.clone()].into());
        assert_eq!(tree.licences.len(), 3);
        assert_eq!(component(&b, "MIT/ISC", None)["licenses"][0]["expression"], "MIT OR ISC");
        assert!(Tree::read("0|a v1.0.0||").is_err());
    }

    #[test]
    fn it_names_the_crates_of_the_lock_with_licence_and_checksum() {
        let paths = Paths::find().unwrap();
        let document = document(&paths).unwrap();
        let lock = fs::read_to_string(paths.root.join("Cargo.lock")).unwrap();
        let checksums = checksums(&lock).unwrap();
        let components = document["components"].as_array().unwrap();
        for component in components {
            let text = |key: &str| component[key].as_str().unwrap().to_owned();
            let id = (text("name"), text("version"));
            assert!(lock.contains(&format!("name = \"{}\"\nversion = \"{}\"", id.0, id.1)));
            assert!(component["licenses"][0]["expression"].is_string(), "{component}");
            let ours = id.0.starts_with("boxoffice-") || id.0 == "prost-protovalidate-types";
            let checksum = component["hashes"][0]["content"].as_str();
            assert_eq!(checksum, checksums.get(&id).map(String::as_str), "{component}");
            assert!(ours || checksum.is_some(), "{component}");
        }
        let names: BTreeSet<_> = components.iter().filter_map(|it| it["name"].as_str()).collect();
        for name in ["boxoffice-booking", "tonic", "sqlx-postgres", "rustls", "async-nats"] {
            assert!(names.contains(name), "{name} is not named");
        }
        for name in ["boxoffice-testkit", "proptest", "protox", "serde_derive"] {
            assert!(!names.contains(name), "{name} is not in the binary");
        }
        assert_eq!(document["metadata"]["component"]["name"], BINARY);
    }
}
