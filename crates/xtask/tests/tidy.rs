//! Rules about the code that the compiler does not know.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

const CONTEXTS: [&str; 9] = [
    "catalog",
    "seating",
    "booking",
    "payment",
    "delivery",
    "streaming",
    "review",
    "notification",
    "mypage",
];
const LINES: usize = 400;

/// `domain` is pure: it may use nothing that can wait, fail to connect, or be mocked.
#[test]
fn domain_does_no_io() {
    let forbidden = [
        "async ",
        ".await",
        "tokio",
        "tonic",
        "prost",
        "sea_orm",
        "async_nats",
        "now_v7",
        "SystemTime",
        "Clock",
        "boxoffice_contracts",
        "boxoffice_eventing",
        "boxoffice_runtime",
    ];
    for context in CONTEXTS {
        let files = rust_files(&root().join("crates").join(context).join("src"));
        for file in files.iter().filter(|file| is_domain(file)) {
            for (number, line) in code(file).iter().enumerate() {
                let word = forbidden.iter().find(|word| line.contains(**word));
                assert!(word.is_none(), "{}:{}: {word:?} in domain", file.display(), number + 1);
            }
        }
    }
}

/// A context knows the others by their contracts only.
#[test]
fn no_context_depends_on_another() {
    for context in CONTEXTS {
        let manifest = root().join("crates").join(context).join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        for other in CONTEXTS.iter().filter(|other| **other != context) {
            let name = format!("boxoffice-{other}");
            assert!(!manifest.contains(&name), "{context} depends on {other}");
        }
    }
}

/// Nothing but the lane writes an outbox or an inbox row, and nothing but eventing publishes.
#[test]
fn a_context_writes_through_its_lanes_only() {
    for context in CONTEXTS {
        for file in rust_files(&root().join("crates").join(context).join("src")) {
            for line in code(&file) {
                for word in [".begin()", "jetstream", "inbox::", "outbox::append"] {
                    let audit = file.ends_with("src/audit.rs"); // a snapshot, read only
                    assert!(audit || !line.contains(word), "{}: `{word}`", file.display());
                }
            }
        }
    }
}

/// What is longer has the wrong shape.
#[test]
fn no_file_is_too_long() {
    for file in rust_files(&root().join("crates")) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= LINES, "{} has {lines} lines", file.display());
    }
}

/// A file opens with what it is for.
#[test]
fn every_file_says_what_it_is_for() {
    for file in rust_files(&root().join("crates")) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{} does not open with `//!`", file.display());
    }
}

/// What the threat model says is shown by a test, is.
#[test]
fn the_threat_model_names_tests_that_are_there() {
    let model = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let files = rust_files(&root().join("crates"));
    let code: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let shown = model
        .lines()
        .filter(|line| line.starts_with("| "))
        .filter_map(|line| line.rsplit(" | ").next());
    let names: Vec<_> = shown.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let tests = names
        .iter()
        .filter(|it| it.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()));
    let mut count = 0;
    for test in tests {
        let is_file = files.iter().any(|file| file.file_stem().is_some_and(|it| it == *test));
        assert!(is_file || code.contains(&format!("fn {test}(")), "there is no test {test}");
        count += 1;
    }
    assert!(count > 40, "only {count} tests are named");
}

/// A lint is expected with a reason. It is allowed only in what a macro or a generator writes, where it may or may not
/// apply, and with a reason too.
#[test]
fn no_lint_is_allowed_without_a_reason() {
    for file in rust_files(&root().join("crates")) {
        let code = code(&file).join("\n");
        for allowed in code.split(concat!("#[al", "low(")).skip(1) {
            let list = allowed.split(")]").next().unwrap_or_default();
            assert!(list.contains("reason = "), "{} allows {list}", file.display());
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn is_domain(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "domain.rs")
        || file.components().any(|part| part.as_os_str() == "domain")
}

/// The lines of a file before its tests, comments left out.
fn code(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    let kept = |line: &str| if line.trim_start().starts_with("//") { "" } else { line }.to_owned();
    lines.map(kept).collect()
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    files
}
