//! What cargo builds for a test of the cluster.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::layout::Layout;

/// The binaries.
pub(super) struct Built {
    /// The acceptance suite.
    pub(super) scenarios: PathBuf,
    /// What only a cluster can prove.
    pub(super) proofs: PathBuf,
    /// What an operator runs beside the platform.
    pub(super) boxoffice: PathBuf,
}

/// With `--workspace`, as every stage of `cargo xtask test`: cargo unites the features of what it selects.
const TESTS: [&str; 8] = [
    "test",
    "--workspace",
    "--no-run",
    "--test",
    "acceptance",
    "--test",
    "mesh",
    "--message-format=json-render-diagnostics",
];
const BOXOFFICE: [&str; 4] = ["build", "--workspace", "--bin", "boxoffice"];

// === impl Built ===

impl Built {
    pub(super) fn build(layout: &Layout) -> Result<Self> {
        let built = layout.cargo().args(BOXOFFICE).status().context("starting cargo")?;
        ensure!(built.success(), "boxoffice was not built");
        let tests = layout.cargo().args(TESTS).stderr(Stdio::inherit()).output();
        let tests = tests.context("starting cargo")?;
        ensure!(tests.status.success(), "the tests were not built");
        let said = String::from_utf8(tests.stdout)?;
        Ok(Self {
            scenarios: executable(&said, "acceptance")?,
            proofs: executable(&said, "mesh")?,
            boxoffice: layout.target().join("debug/boxoffice"),
        })
    }

    /// The names of the tests in a binary.
    pub(super) fn names(&self, tests: &PathBuf) -> Result<Vec<String>> {
        let listed = Command::new(tests).args(["--list", "--format=terse"]).output();
        let listed = listed.with_context(|| format!("starting {}", tests.display()))?;
        let names = String::from_utf8(listed.stdout)?;
        Ok(names.lines().filter_map(|it| it.strip_suffix(": test")).map(str::to_owned).collect())
    }
}

/// The test binary of that name, from what cargo says of what it has built, a JSON object a line.
fn executable(said: &str, name: &str) -> Result<PathBuf> {
    let artifacts = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut tests =
        artifacts.filter(|it| it["target"]["name"] == name && it["profile"]["test"] == true);
    let test = tests.find_map(|it| it["executable"].as_str().map(PathBuf::from));
    test.with_context(|| format!("cargo built no test {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_binary_is_found_in_what_cargo_says() {
        let said = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"mesh"},"profile":{"test":false},"executable":"/a"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"mesh"},"profile":{"test":true},"executable":"/b"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(said, "mesh").unwrap(), PathBuf::from("/b"));
        assert!(executable(said, "acceptance").is_err());
    }
}
