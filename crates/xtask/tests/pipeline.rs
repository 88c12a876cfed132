//! The pipeline of the usual host does what ours does.
#![expect(clippy::unwrap_used, reason = "whatever cannot go on fails the test")]

use std::fs;

/// What a file says after this word, line by line.
fn after(word: &str, file: &str) -> Vec<String> {
    let path = format!("{}/../../{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| line.trim().strip_prefix(word)).map(str::to_owned).collect()
}

/// OPS-08
#[test]
fn the_pipeline_runs_the_same_commands_as_the_ci() {
    let ours = after("cargo xtask", ".ci/run");
    assert_eq!(ours, after("command: cargo xtask", ".github/workflows/ci.yml"));
    assert_eq!(ours, [" test", " cluster test --dev"], "all there is");
}

/// OPS-08: one Rust, wherever it is built.
#[test]
fn the_pipeline_builds_with_our_toolchain() {
    let [channel] = &after("channel = ", "rust-toolchain.toml")[..] else { panic!("one channel") };
    let [image] = &after("image: rust:", ".github/workflows/ci.yml")[..] else {
        panic!("one image")
    };
    let (version, _) = image.split_once('-').unwrap();
    assert!(channel.trim_matches('"').starts_with(&format!("{version}.")), "{channel}, {image}");
}
