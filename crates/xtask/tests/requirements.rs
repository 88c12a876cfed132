//! What operators were promised is named where it is proven.
#![expect(clippy::unwrap_used, reason = "whatever cannot go on fails the test")]

use std::fs;
use std::path::Path;

/// The text of every test below a directory.
fn tests(directory: &Path, is_test: bool, text: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, is_test || path.ends_with("tests"), text);
        } else if is_test && path.extension().is_some_and(|it| it == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_requirement_of_operations_is_named_by_a_test() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut text = String::new();
    tests(crates, false, &mut text);
    let ids = (1..=12).map(|number| format!("OPS-{number:02}"));
    let unproven: Vec<_> = ids.filter(|id| !text.contains(id)).collect();
    assert!(unproven.is_empty(), "no test names {unproven:?}");
}
